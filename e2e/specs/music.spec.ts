/** The music room through its own models: eight bars made, heard, changed, exported, found again. */
import { expect, test } from '../host/studio-fixture.ts';
import { midiNotes, type MidiNote } from '../pages/midi-notes.ts';
import { MusicPage } from '../pages/music-page.ts';
import { pagesOf } from '../pages/studio.ts';

const fifthBar = 16;
const seventhBar = 24;
const isOutside = ({ start }: MidiNote): boolean => start < fifthBar - 0.01 || start >= seventhBar - 0.01;

test('a new user makes eight bars, hears them, has two bars of one voice written anew, and takes them along', async ({ studio }) => {
  test.setTimeout(240_000);
  const { page } = studio;
  const music = new MusicPage(page);
  await music.open();
  await music.room.getByRole('button', { name: 'Write eight bars' }).click();
  await music.expectTake('Take 1');
  await expect(music.tracks.getByRole('listitem')).toHaveCount(4);
  await expect(music.room.getByRole('region', { name: 'Facts of the clip' })).toContainText(/Bars\s*8/);

  await test.step('it is heard: the play head moves', async () => {
    expect(await music.position()).toBe('1:1');
    await page.keyboard.press('Space');
    await expect.poll(() => music.position(), { timeout: 30_000 }).not.toBe('1:1');
    await page.keyboard.press('Space');
    await music.room.getByRole('button', { name: 'To the start' }).click();
  });

  const exportMidi = async (): Promise<Map<string, MidiNote[]>> => {
    await page.keyboard.press('Control+Shift+E');
    const { fileName, bytes } = await studio.download(() => music.exportAs('MIDI'));
    expect(fileName).toMatch(/\.mid$/);
    await expect(music.exportDialog.getByRole('status', { name: 'Exported' })).toContainText('.mid');
    await page.keyboard.press('Escape');
    return midiNotes(bytes);
  };
  const before = await exportMidi();
  expect([...before.keys()]).toHaveLength(4);

  await test.step('bars 5 and 6 of the bass alone are written anew', async () => {
    await music.chooseMode('Write anew');
    await music.chooseBars(5, 6);
    await music.chooseOnlyTrack('Bass');
    await music.write();
    await music.expectTake('Take 2, bars 5–6');
    const after = await exportMidi();
    expect([...after.keys()]).toEqual([...before.keys()]);
    for (const [name, notes] of before) {
      const now = after.get(name) ?? [];
      if (name !== 'Bass') expect(now).toEqual(notes);
      else {
        expect(now.filter(isOutside)).toEqual(notes.filter(isOutside));
        expect(now).not.toEqual(notes);
      }
    }
  });

  await test.step('takes are flicked through, and undo goes back', async () => {
    await music.take('Take 1').click();
    await music.expectTake('Take 1');
    await music.take('Take 1').press('ArrowDown');
    await music.expectTake('Take 2, bars 5–6');
    await page.keyboard.press('Control+Z');
    await music.expectTake('Take 1');
    await page.keyboard.press('Control+Shift+Z');
    await music.expectTake('Take 2, bars 5–6');
  });

  await music.tracks.getByLabel('Instrument of Soprano').selectOption({ label: 'Flute' });

  await test.step('it is exported as sound', async () => {
    await page.keyboard.press('Control+Shift+E');
    const wav = await studio.download(() => music.exportAs('WAV'));
    expect(wav.bytes.toString('latin1', 0, 4)).toBe('RIFF');
    // 20 s of two channels of 24 bits at 48 kHz, and the reverb's tail.
    expect(wav.bytes.length).toBeGreaterThan(20 * 48_000 * 6);
    await expect(music.exportDialog.getByRole('status', { name: 'Exported' })).toContainText('−14.0 LUFS');
    const mp3 = await studio.download(() => music.exportAs('MP3'));
    expect(mp3.bytes.toString('latin1', 0, 3)).toBe('ID3');
    expect(mp3.bytes.length).toBeLessThan(wav.bytes.length / 3);
    await page.screenshot({ path: 'test-results/music-export.png' });
    await page.keyboard.press('Escape');
  });

  await test.step('everything is there after a reload', async () => {
    await music.expectSaved();
    await page.reload();
    await music.open();
    // The instrument was changed by hand, so what stands in the roll is an edited take.
    await music.expectTake('Take 2, bars 5–6 •');
    await expect(music.tracks.getByLabel('Instrument of Soprano').locator('option:checked')).toHaveText('Flute');
    await expect(music.room.getByRole('button', { name: /^Chorale in D minor$/ })).toBeVisible();
    await page.screenshot({ path: 'test-results/music.png' });
  });

  await test.step('the history has both, and opens them', async () => {
    const { shell, history } = pagesOf(page);
    await shell.go('History');
    await expect(history.grid.getByRole('option')).toHaveCount(2);
    await history.grid.getByRole('option').first().click();
    const details = page.getByRole('complementary', { name: 'Details' });
    await expect(details).toContainText('Write selection anew');
    await details.getByRole('button', { name: 'Play', exact: true }).click();
    await expect(details.getByRole('button', { name: 'Pause', exact: true })).toBeVisible();
    await details.getByRole('button', { name: 'Open in Music' }).click();
    await music.expectTake('Take 1, bars 5–6');
  });
});

test('a piece comes back from its MIDI file note for note, and what is no music is refused in words', async ({ studio }) => {
  test.setTimeout(180_000);
  const { page } = studio;
  const { shell } = pagesOf(page);
  const music = new MusicPage(page);
  await music.open();
  await music.room.getByRole('button', { name: 'Song with piano' }).click();
  await music.expectTake('Take 1');
  await page.keyboard.press('Control+Shift+E');
  const first = await studio.download(() => music.exportAs('MIDI'));
  await page.keyboard.press('Escape');
  await shell.drop({ name: 'Evening.mid', mimeType: 'audio/midi', bytes: first.bytes });
  await expect(music.take('As imported')).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('Control+Shift+E');
  const second = await studio.download(() => music.exportAs('MIDI'));
  await page.keyboard.press('Escape');
  expect(midiNotes(second.bytes)).toEqual(midiNotes(first.bytes));
  // What is no music is refused in words, and the clip stays open.
  await shell.drop({ name: 'broken.mid', mimeType: 'audio/midi', bytes: Buffer.from('not a piece of music') });
  await expect(shell.alerts.first()).toBeVisible();
  await expect(music.take('As imported')).toBeVisible();
});

test('a sound effect is heard at once, made, and found with its settings', async ({ studio }) => {
  const { page } = studio;
  const music = new MusicPage(page);
  await music.open();
  await music.room.getByText('Sounds', { exact: true }).click();
  await music.room.getByRole('button', { name: 'Rain', exact: true }).click();
  await expect(music.room.getByRole('button', { name: 'Stop', exact: true })).toBeVisible({ timeout: 30_000 });
  await music.room.getByLabel('Seconds, number').fill('3');
  await music.room.getByLabel('Seconds, number').press('Enter');
  await music.room.getByRole('button', { name: 'Make rain' }).click();
  const list = music.room.getByRole('region', { name: 'Made so far' });
  await expect(list.getByRole('listitem')).toHaveCount(1, { timeout: 60_000 });
  await page.screenshot({ path: 'test-results/sounds.png' });
  await list.getByRole('button', { name: 'Export Rain' }).click();
  const wav = await studio.download(() => music.exportAs('WAV'));
  expect(wav.fileName).toBe('Rain.wav');
  expect(wav.bytes.length).toBeGreaterThan(3 * 48_000 * 6);
  await page.keyboard.press('Escape');
  await list.getByRole('button', { name: 'Show Rain in the history' }).click();
  const details = page.getByRole('complementary', { name: 'Details' });
  await expect(details).toContainText('Effect');
  await details.getByRole('button', { name: 'Open in Music' }).click();
  await expect(music.room.getByRole('button', { name: 'Rain', exact: true })).toHaveAttribute('aria-pressed', 'true');
  // Music and narration need the user's own models, and say how to get one.
  await music.room.getByText('Narration', { exact: true }).click();
  await expect(music.room.getByRole('heading', { name: 'No voice yet' })).toBeVisible();
  await music.room.getByRole('button', { name: 'Open Models' }).click();
  await expect(page.getByRole('main', { name: 'Models' })).toBeVisible();
});
