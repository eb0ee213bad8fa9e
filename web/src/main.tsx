import {StrictMode} from 'react';
import {createRoot} from 'react-dom/client';
import {App} from './app';
import {ErrorBoundary} from './ui/error_boundary';
import {StoreContext} from './live/hooks';
import {LiveStore} from './live/store';
import {applyTheme} from './ui/theme';
import 'uplot/dist/uPlot.min.css';
import './styles/fonts.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/fleet.css';
import './styles/asset.css';
import './styles/alerts.css';
import './styles/tables.css';

applyTheme();
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
const store = new LiveStore();
store.start();
createRoot(root).render(
  <StrictMode>
    <StoreContext.Provider value={store}>
      <ErrorBoundary>
        <App />
      </ErrorBoundary>
    </StoreContext.Provider>
  </StrictMode>,
);
