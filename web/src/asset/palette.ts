// The style sheet's colours, for canvases.
export interface Palette {
  ink: string;
  faint: string;
  grid: string;
  surface: string;
  alarm: string;
  warning: string;
  info: string;
  lines: string[];
}

export const lineCount = 8;

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    ink: read('--ink'),
    faint: read('--ink-faint'),
    grid: read('--grid'),
    surface: read('--surface'),
    alarm: read('--alarm'),
    warning: read('--warning'),
    info: read('--info'),
    lines: Array.from({length: lineCount}, (_, index) => read(`--line-${index + 1}`)),
  };
}
