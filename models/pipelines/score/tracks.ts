/** Tracks that the modes make. */
import type { Score, Track } from '../../../shared/music/score.ts';

interface TrackPlan {
  id: string;
  name: string;
  /** General MIDI; null: drums. */
  program: number | null;
  pan: number;
  volume?: number;
  reverb?: number;
}

const choir = 52;
const voice = 53;
const grandPiano = 0;
const fingerBass = 33;

export const trackPlans = {
  soprano: { id: 'soprano', name: 'Soprano', program: choir, pan: -0.3, reverb: 0.4 },
  alto: { id: 'alto', name: 'Alto', program: choir, pan: 0.1, reverb: 0.4 },
  tenor: { id: 'tenor', name: 'Tenor', program: choir, pan: -0.1, reverb: 0.4 },
  bass: { id: 'bass', name: 'Bass', program: choir, pan: 0.3, reverb: 0.4 },
  voice: { id: 'voice', name: 'Voice', program: voice, pan: 0, reverb: 0.3 },
  right: { id: 'right-hand', name: 'Piano right hand', program: grandPiano, pan: 0.1, volume: 0.72 },
  left: { id: 'left-hand', name: 'Piano left hand', program: grandPiano, pan: -0.1, volume: 0.72 },
  bassLine: { id: 'bass-line', name: 'Bass line', program: fingerBass, pan: 0, reverb: 0.1 },
  drums: { id: 'drums', name: 'Drums', program: null, pan: 0, reverb: 0.1 },
} as const satisfies Record<string, TrackPlan>;

export type PlannedTrack = keyof typeof trackPlans;

/** An empty track, whose id no track of the score has. */
export function newTrack(planned: PlannedTrack, score: Pick<Score, 'tracks'>): Track {
  const plan: TrackPlan = trackPlans[planned];
  const taken = new Set(score.tracks.map(({ id }) => id));
  let id = plan.id;
  for (let number = 2; taken.has(id); number += 1) id = `${plan.id}-${String(number)}`;
  return {
    id,
    name: plan.name,
    instrument: plan.program === null ? { kind: 'drums' } : { kind: 'melodic', program: plan.program },
    notes: [],
    volume: plan.volume ?? 0.8,
    pan: plan.pan,
    muted: false,
    solo: false,
    reverb: plan.reverb ?? 0.2,
  };
}
