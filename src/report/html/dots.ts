/** The third kind of chart: one value of each of the last runs, on a scale in powers. Pure. */
import { html, type Markup } from './markup.ts';
import { percent, type PowerScale } from './scale.ts';
import { wordsOf } from './words.ts';

/** One run, oldest first. */
export interface Dot {
  readonly value: number | null;
  readonly outcome: string;
  /** What the pointer is told. */
  readonly label: string;
  /** Whether it is the run of the report. */
  readonly isShown: boolean;
}

/** What a chart says for those who cannot see it. */
export interface DotsText {
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

/** Height of the chart in pixels, and what is left free above and below. */
const HEIGHT = 128;
const TOP = 10;
const BOTTOM = 10;

/** Few runs stand on the right, as the last of many would. */
const LEAST_PLACES = 10;

/** A mark for each run: its height is the value, its form the outcome. */
export function dots({ id, title, description }: DotsText, runs: readonly Dot[], scale: PowerScale): Markup {
  const y = (part: number): number =>
    Math.round((HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)) * 10) / 10;
  const places = Math.max(runs.length, LEAST_PLACES);
  const x = (index: number): string => percent((places - runs.length + index + 0.5) / places);
  const labels = scale.ticks.map(
    ({ at, label }) => html`<text x="52" y="${y(at) + 4}" text-anchor="end">${label}</text>`,
  );
  const lines = scale.ticks.map(({ at }) => html`<line x1="0" x2="100%" y1="${y(at)}" y2="${y(at)}" />`);
  const marks = runs.map(({ value, outcome, label, isShown }, index) => {
    const { tone, path } = wordsOf(outcome);
    const top = y(scale.place(value));
    return html`<g class="${tone}"
      ><title>${label}</title>${
        isShown ? html`<line class="shown" x1="${x(index)}" x2="${x(index)}" y1="0" y2="${HEIGHT}" />` : null
      }<line class="stem" x1="${x(index)}" x2="${x(index)}" y1="${y(0)}" y2="${top}" /><svg
        x="${x(index)}"
        y="${top}"
        overflow="visible"
      >
        <path d="${path}" /></svg
    ></g>`;
  });
  return html`<div class="dots">
    <svg width="60" height="${HEIGHT}" aria-hidden="true">${labels}</svg
    ><svg class="plot" role="img" width="100%" height="${HEIGHT}" aria-labelledby="${id}-name ${id}-text">
      <title id="${id}-name">${title}</title>
      <desc id="${id}-text">${description}</desc>
      ${lines}${marks}
    </svg>
  </div>`;
}
