import {Component, type ReactNode} from 'react';
import {Notice} from './basic';

/** A mistake of ours in one page is said in words, and leaves the rest of the console standing. */
export class ErrorBoundary extends Component<{children: ReactNode}, {error: Error | null}> {
  override state: {error: Error | null} = {error: null};

  static getDerivedStateFromError(error: Error): {error: Error} {
    return {error};
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <main className="page">
        <Notice symbol="alarm" title="The console ran into a mistake of its own">
          <p>{this.state.error.message}</p>
          <button type="button" onClick={() => this.setState({error: null})}>
            Try again
          </button>
        </Notice>
      </main>
    );
  }
}
