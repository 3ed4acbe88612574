/** The second kind of chart: when each stream was at work, and when requests waited for a limit. Pure. */
import { formatSeconds } from '../quantity.ts';
import { html, type Markup } from './markup.ts';
import { percent, timeTicks } from './scale.ts';

/** The stretch of time that all lanes show, in milliseconds of the epoch. */
export interface Extent {
  readonly startMs: number;
  readonly endMs: number;
}

/** A stretch within it; `kind` is the class of its look. */
export interface Stretch extends Extent {
  readonly kind: 'work' | 'broken' | 'wait';
  readonly label: string;
}

/** Marks of the time axis, above the lanes. */
export function axis({ startMs, endMs }: Extent): Markup {
  const ticks = timeTicks((endMs - startMs) / 1000);
  // the last label has no room on its right, nor one before it that comes too near
  const labels = ticks.map(({ at, label }, index) => {
    const anchor = index === 0 ? 'start' : at > 0.94 ? 'end' : 'middle';
    return html`<text
      class="${index % 2 === 0 ? 'tick' : 'tick odd'}"
      x="${percent(at)}"
      y="11"
      text-anchor="${anchor}"
    >
      ${label}
    </text>`;
  });
  return html`<svg class="axis" role="img" width="100%" height="16">
    <title>Time since the start of the run, up to ${formatSeconds((endMs - startMs) / 1000)}</title>
    ${labels}
  </svg>`;
}

/** One lane: waits lie behind, work in front. */
export function lane(name: string, stretches: readonly Stretch[], extent: Extent): Markup {
  const spanMs = Math.max(1, extent.endMs - extent.startMs);
  const at = (ms: number): number => Math.min(1, Math.max(0, (ms - extent.startMs) / spanMs));
  const lines = timeTicks(spanMs / 1000).map(
    (tick) => html`<line x1="${percent(tick.at)}" x2="${percent(tick.at)}" y1="0" y2="20" />`,
  );
  const shapes = stretches.map((stretch) => shape(stretch, at));
  const told = stretches.map(({ label }) => label).join('; ');
  return html`<svg class="lane" role="img" width="100%" height="20">
    <title>${name}: ${told === '' ? 'nothing' : told}</title>
    ${lines}${shapes}
  </svg>`;
}

/** One stretch; what is over at once is two pixels wide, so that it is still to be seen. */
function shape({ kind, startMs, endMs, label }: Stretch, at: (ms: number) => number): Markup {
  const [y, height] = kind === 'wait' ? [1, 18] : [5, 10];
  const [start, end] = [at(startMs), at(endMs)];
  const rect = (width: string): Markup =>
    html`<rect class="${kind}" x="${percent(start)}" y="${y}" width="${width}" height="${height}" />`;
  return html`<g
    ><title>${label}</title>${end - start < 0.02 ? rect('2') : null}${rect(percent(end - start))}</g
  >`;
}
