// What this kind of asset is made of: rules, models, features, signals.
import type {Asset} from '../api';
import {formatValue, plural} from '../text/format';
import {unitText} from '../text/units';

function span(min: number | null | undefined, max: number | null | undefined): string {
  const none = (value: number | null | undefined) => value === null || value === undefined;
  if (none(min) && none(max)) return '';
  return `${none(min) ? '' : formatValue(min)} … ${none(max) ? '' : formatValue(max)}`;
}

export function Definitions({asset}: {asset: Asset}) {
  return (
    <>
      <section className="panel" aria-labelledby="rules-title">
        <h2 id="rules-title">Rules</h2>
        {asset.rules.length === 0 ? <p className="faint">None.</p> : null}
        <ul className="definitions">
          {asset.rules.map((rule) => (
            <li key={rule.name}>
              <span className="definition-name">{rule.name}</span>
              <span className="tag">{rule.tier}</span>
              <code>{rule.when}</code>
            </li>
          ))}
        </ul>
      </section>
      {asset.models.length === 0 ? null : (
        <section className="panel" aria-labelledby="models-title">
          <h2 id="models-title">Models</h2>
          <ul className="definitions">
            {asset.models.map((model) => (
              <li key={model.name}>
                <span className="definition-name">{model.name}</span>
                {model.state === undefined ? null : <span className="tag">{model.state}</span>}
                <span className="faint">
                  {plural(model.inputs.length, 'input')} → {model.outputs.join(', ')}
                </span>
                <code>{model.inputs.join(', ')}</code>
                {model.text ? <span className="mistake">{model.text}</span> : null}
              </li>
            ))}
          </ul>
        </section>
      )}
      <details className="panel">
        <summary>
          {plural(asset.features.length, 'feature')}, {plural(asset.signals.length, 'signal')}
        </summary>
        <ul className="definitions">
          {asset.features.map((feature) => (
            <li key={feature.name}>
              <span className="definition-name">{feature.name}</span>
              <span className="faint">{unitText(feature.unit)}</span>
              <code>{feature.expression}</code>
            </li>
          ))}
          {asset.signals.map((signal) => (
            <li key={signal.name}>
              <span className="definition-name">{signal.name}</span>
              <span className="faint">{unitText(signal.unit)}</span>
              <span className="faint num">{span(signal.min, signal.max)}</span>
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}
