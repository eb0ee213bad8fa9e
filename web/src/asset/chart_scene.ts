// What is drawn on a chart besides its lines: alerts as bands, limits as dashed lines.
import type uPlot from 'uplot';
import type {FleetEvent} from '../api';
import {ruleOf} from '../live/events';
import {union} from './bands';
import type {Limit} from './limits';
import type {Palette} from './palette';

export interface Scene {
  window: {from: number; to: number};
  alerts: readonly FleetEvent[];
  limits: readonly Limit[];
  palette: Palette;
}

interface Band {
  left: number;
  right: number;
  event: FleetEvent;
  /** The alert began inside the window. */
  starts: boolean;
}

function bandsOf(self: uPlot, scene: Scene): Band[] {
  const {left, width} = self.bbox;
  const place = (time: number) => Math.min(left + width, Math.max(left, self.valToPos(time, 'x', true)));
  return scene.alerts.flatMap((event): Band[] => {
    const end = event.cleared ?? scene.window.to;
    if (event.time > scene.window.to || end < scene.window.from) return [];
    return [{left: place(event.time), right: place(end), event, starts: event.time >= scene.window.from}];
  });
}

export function drawBands(self: uPlot, scene: Scene): void {
  const {ctx} = self;
  const {top, height} = self.bbox;
  const bands = bandsOf(self, scene);
  ctx.save();
  for (const severity of ['info', 'warning', 'alarm'] as const) {
    const own = bands.filter((band) => band.event.severity === severity);
    ctx.fillStyle = scene.palette[severity];
    ctx.globalAlpha = 0.11;
    // Together, so that two alerts at once do not look like a worse one.
    for (const {left, right} of union(own)) ctx.fillRect(left, top, Math.max(1, right - left), height);
    ctx.globalAlpha = 0.9;
    for (const band of own) if (band.starts) ctx.fillRect(band.left, top, 1.5 * devicePixelRatio, height);
  }
  ctx.restore();
}

/** Room above every plot for the names of its alerts, in CSS pixels. */
export const flagHeight = 15;

/** The rule's name above each band, where no value is; where bands begin close together, the first is named. */
export function drawLabels(self: uPlot, scene: Scene): void {
  const {ctx} = self;
  const {top, left, width} = self.bbox;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `600 ${11 * ratio}px "Plex Condensed", "Arial Narrow", sans-serif`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  let end = -Infinity;
  for (const band of [...bandsOf(self, scene)].sort((a, b) => a.left - b.left)) {
    const text = ruleOf(band.event);
    const size = ctx.measureText(text).width;
    const x = Math.max(left, Math.min(band.left + 5 * ratio, left + width - size));
    if (x < end) continue;
    end = x + size + 8 * ratio;
    ctx.fillStyle = scene.palette[band.event.severity];
    if (band.starts) ctx.fillRect(band.left, top - (flagHeight - 2) * ratio, 1.5 * ratio, flagHeight * ratio);
    ctx.fillText(text, x, top - (flagHeight / 2 - 1) * ratio);
  }
  ctx.restore();
}

export function drawLimits(self: uPlot, scene: Scene): void {
  const {ctx} = self;
  const {top, left, width, height} = self.bbox;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `${10.5 * ratio}px "Plex Condensed", "Arial Narrow", sans-serif`;
  ctx.textAlign = 'left';
  // From the top down, so that of two close labels the upper one stands above its line and the lower one below.
  let labelEnd = -Infinity;
  const values = [...new Set(scene.limits.map((limit) => limit.value))].sort((a, b) => b - a);
  for (const value of values) {
    const y = self.valToPos(value, 'y', true);
    if (y < top - 1 || y > top + height + 1) continue;
    ctx.strokeStyle = scene.palette.ink;
    ctx.globalAlpha = 0.6;
    ctx.lineWidth = ratio;
    ctx.setLineDash([5 * ratio, 4 * ratio]);
    ctx.beginPath();
    ctx.moveTo(left, y);
    ctx.lineTo(left + width, y);
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.fillStyle = scene.palette.faint;
    const above = y - 14 * ratio > Math.max(top, labelEnd);
    ctx.textBaseline = above ? 'bottom' : 'top';
    ctx.fillText(`limit ${value}`, left + 4 * ratio, y + (above ? -2 : 3) * ratio);
    labelEnd = above ? y : y + 14 * ratio;
  }
  ctx.restore();
}
