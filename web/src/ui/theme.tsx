// Light and dark: the system's choice unless the reader made one. The attribute is always set, so that the style sheet
// and the charts have one place to look.
import {useEffect, useState} from 'react';
import {readStored, writeStored} from '../live/hooks';

type Choice = 'system' | 'light' | 'dark';
export type Theme = 'light' | 'dark';

const key = 'wayside.theme';
const dark = window.matchMedia('(prefers-color-scheme: dark)');
const changed = 'wayside-theme';

function chosen(): Choice {
  const stored = readStored(key);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

function resolve(choice: Choice): Theme {
  return choice === 'system' ? (dark.matches ? 'dark' : 'light') : choice;
}

export function applyTheme(choice: Choice = chosen()): void {
  document.documentElement.dataset.theme = resolve(choice);
  window.dispatchEvent(new Event(changed));
}

dark.addEventListener('change', () => applyTheme());

export function useTheme(): Theme {
  const [theme, setTheme] = useState<Theme>(() => resolve(chosen()));
  useEffect(() => {
    const update = () => setTheme(resolve(chosen()));
    window.addEventListener(changed, update);
    return () => window.removeEventListener(changed, update);
  }, []);
  return theme;
}

const next: Record<Choice, Choice> = {system: 'light', light: 'dark', dark: 'system'};
const words: Record<Choice, string> = {system: 'Auto', light: 'Light', dark: 'Dark'};

export function ThemeButton() {
  const [choice, setChoice] = useState<Choice>(chosen);
  const change = () => {
    const to = next[choice];
    writeStored(key, to);
    setChoice(to);
    applyTheme(to);
  };
  return (
    <button
      type="button"
      className="quiet"
      onClick={change}
      title={`Colours: ${words[choice]}. Change to ${words[next[choice]]}`}
      aria-label={`Colours: ${words[choice]}`}
    >
      <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" strokeWidth="1.6" />
        {choice === 'light' ? null : <path d="M8 1.8a6.2 6.2 0 0 1 0 12.4z" fill="currentColor" />}
        {choice === 'dark' ? <path d="M8 1.8a6.2 6.2 0 0 0 0 12.4z" fill="currentColor" /> : null}
      </svg>
      <span className="wide-only">{words[choice]}</span>
    </button>
  );
}
