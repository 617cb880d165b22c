import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { scoreSchema, type Score } from '../../../shared/music/score.ts';
import { trackColour } from '../../../shared/music/track-colours.ts';
import { smallScore } from '../../audio/testing/sounds.ts';
import { rollPng } from './export/write-score.ts';
import { gridLeft, layOut } from './roll-layout.ts';
import { rollSvg } from './roll-svg.ts';
import { parseXml } from './files/xml.ts';

const draw = (score: Score, title = 'Piece'): string => rollSvg(score, { title, comment: null }).svg;
const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

function longScore(bars: number): Score {
  const notes = Array.from({ length: bars * 4 }, (_, beat) => ({
    start: beat * 480,
    duration: 400,
    pitch: 48 + ((beat * 7) % 36),
    velocity: 80,
  }));
  return scoreSchema.parse({ ...smallScore(), lengthTicks: bars * 1920, tracks: [{ ...smallScore().tracks[0], notes }] });
}

describe('a piano roll as a picture', () => {
  it('shows every note in its track’s colour, drums by name, bars, chords and a legend', () => {
    const svg = draw(smallScore());
    const groups = [...svg.matchAll(/<g fill="(#[0-9a-f]{6})" stroke[^>]*>\n([\s\S]*?)<\/g>/g)];
    expect(groups.map(([, colour]) => colour)).toEqual([0, 1, 2, 3].map(trackColour));
    expect(groups.map(([, , drawn = '']) => count(drawn, /<(?:rect|path)/g))).toEqual([3, 2, 3, 0]);
    for (const words of ['Piece', 'C major', '240 bpm', '2 bars', 'Melody', 'Kick', 'Snare', '>C4<']) expect(svg).toContain(words);
    expect(svg).toMatch(/font-weight="600"[^>]*>[A-G]/);
  });

  it('is XML whatever the piece is called', () => {
    const score = smallScore({ tracks: smallScore().tracks.map((track) => ({ ...track, name: `<b>"&'\u0001${track.name}` })) });
    const svg = draw(score, ']]>&<script>\u0000');
    expect(parseXml('SVG', Buffer.from(svg, 'utf8')).name).toBe('svg');
    expect(svg).not.toContain('<script');
  });

  it('wraps long pieces into systems with one note in each that it sounds in', () => {
    for (const [bars, systems] of [
      [1, 1],
      [24, 1],
      [25, 2],
      [64, 4],
      [600, 16],
    ] as const) {
      const score = longScore(bars);
      const layout = layOut(score, 1);
      expect(layout.systems).toHaveLength(systems);
      expect(layout.systems.flatMap((system) => system.bars.map(({ index }) => index))).toEqual(
        Array.from({ length: bars }, (_, bar) => bar),
      );
      expect(count(draw(score), /<rect [^>]*fill-opacity/g)).toBe(bars * 4);
    }
    // A note over the end of a system goes on in the next.
    const held = longScore(32);
    const tied = { ...held, tracks: [{ ...held.tracks[0]!, notes: [{ start: 15 * 1920, duration: 3840, pitch: 60, velocity: 80 }] }] };
    expect(count(draw(tied), /<rect [^>]*fill-opacity/g)).toBe(2);
  });

  it('draws an empty score, and one of drums alone', () => {
    for (const score of [smallScore({ tracks: [] }), smallScore({ tracks: [smallScore().tracks[2]!] })]) {
      expect(parseXml('SVG', Buffer.from(draw(score), 'utf8')).name).toBe('svg');
    }
  });

  it('has the first note at the left edge of the grid, in its colour', { timeout: 60_000 }, async () => {
    const one = smallScore({ tracks: [{ ...smallScore().tracks[0]!, notes: [{ start: 0, duration: 1920, pitch: 60, velocity: 127 }] }] });
    const png = await rollPng(one, '', 1200, null);
    const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const colour = trackColour(0);
    const wanted = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
    let [left, right] = [Infinity, -Infinity];
    // Below the legend, which has the colour as well.
    for (let y = Math.round(info.height * 0.35); y < info.height; y += 1) {
      for (let x = 0; x < info.width; x += 1) {
        const at = (y * info.width + x) * 3;
        if (wanted.some((value, channel) => Math.abs(value - (data[at + channel] ?? 0)) > 6)) continue;
        left = Math.min(left, x);
        right = Math.max(right, x);
      }
    }
    expect(Math.abs(left - gridLeft / 2)).toBeLessThan(3);
    expect(right).toBeGreaterThan(info.width * 0.45);
    expect(right).toBeLessThan(info.width * 0.55);
  });

  it('is refused as pixels where there would be too many', async () => {
    await expect(rollPng(longScore(600), '', 16_384, null)).rejects.toMatchObject({
      code: 'image-too-large',
      action: expect.stringContaining('SVG') as string,
    });
  });

  it('of a whole opera is drawn in a moment', { timeout: 60_000 }, () => {
    expect(count(draw(longScore(10_000)), /<rect [^>]*fill-opacity/g)).toBe(40_000);
  });
});
