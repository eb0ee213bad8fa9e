import {useEffect} from 'react';
import {AlertsPage} from './alerts/page';
import {AssetPage} from './asset/page';
import {FleetPage} from './fleet/page';
import {LedgerPage} from './ledger/page';
import {useFleet} from './live/hooks';
import {QueryPage} from './query/page';
import {parseRoute, useLocation, type Route} from './router';
import {Link, Notice} from './ui/basic';
import {ConnectionBanner, ConnectionState} from './ui/connection';
import {ErrorBoundary} from './ui/error_boundary';
import {Icon, Mark} from './ui/icons';
import {ThemeButton} from './ui/theme';

const titles: Record<Route['page'], string> = {
  fleet: 'Fleet',
  asset: 'Asset',
  alerts: 'Alerts',
  ledger: 'Ledger',
  query: 'Query',
  unknown: 'Not found',
};

function Page({route}: {route: Route}) {
  switch (route.page) {
    case 'fleet':
      return <FleetPage />;
    case 'asset':
      return <AssetPage key={route.asset} name={route.asset} search={route.search} />;
    case 'alerts':
      return <AlertsPage />;
    case 'ledger':
      return <LedgerPage />;
    case 'query':
      return <QueryPage />;
    case 'unknown':
      return (
        <main className="page" id="content">
          <Notice symbol="info" title="There is no such page">
            <p>
              <code>{route.path}</code> leads nowhere. <Link to="/">To the fleet</Link>
            </p>
          </Notice>
        </main>
      );
  }
}

function Navigation({page}: {page: Route['page']}) {
  const {status, open} = useFleet();
  const alarms = open.some((event) => event.severity === 'alarm');
  return (
    <nav aria-label="Pages">
      <Link to="/" current={page === 'fleet' || page === 'asset'}>
        {status?.program === 'agent' ? 'Node' : 'Fleet'}
      </Link>
      <Link to="/alerts" current={page === 'alerts'}>
        Alerts
        {open.length === 0 ? null : (
          <span className={`count count-${alarms ? 'alarm' : 'warning'}`}>
            <Icon symbol={alarms ? 'alarm' : 'warning'} />
            {open.length}
            <span className="hidden"> open</span>
          </span>
        )}
      </Link>
      <Link to="/ledger" current={page === 'ledger'}>
        Ledger
      </Link>
      {status?.program === 'hub' ? (
        <Link to="/query" current={page === 'query'}>
          Query
        </Link>
      ) : null}
    </nav>
  );
}

function Identity() {
  const {status} = useFleet();
  if (status === null) return null;
  const where = [status.node, status.site].filter((part) => part !== undefined && part !== '').join(' · ');
  return (
    <span className="identity" title={`Wayside ${status.version}`}>
      {where === '' ? status.program : `${status.program} · ${where}`}
    </span>
  );
}

export function App() {
  const {path, search} = useLocation();
  const route = parseRoute(path, search);
  const name = route.page === 'asset' ? route.asset : titles[route.page];
  useEffect(() => {
    document.title = `${name} · Wayside`;
  }, [name]);
  return (
    <>
      <a className="skip" href="#content">
        Skip to content
      </a>
      <header className="top">
        <Link to="/" className="brand">
          <Mark />
          <span>Wayside</span>
        </Link>
        <Identity />
        <Navigation page={route.page} />
        <div className="top-end">
          <ConnectionState />
          <ThemeButton />
        </div>
      </header>
      <ConnectionBanner />
      <ErrorBoundary key={path}>
        <Page route={route} />
      </ErrorBoundary>
    </>
  );
}
