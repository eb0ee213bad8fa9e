// Questions to start from.

export const examples = [
  {
    name: 'Latest score of each asset',
    sql: `select asset, model, max(time) as newest, arg_max(score, time) as score
from decisions
group by asset, model
order by score desc`,
  },
  {
    name: 'Samples by asset and signal',
    sql: `select asset, signal, count(*) as samples, min(value) as low, max(value) as high
from samples
group by asset, signal
order by asset, signal`,
  },
  {
    name: 'Alerts by rule',
    sql: `select asset, text, count(*) as times, max(time) as last
from events
where kind = 'alert_raised'
group by asset, text
order by times desc`,
  },
];
