/** Kiln's own sound effects as people choose them: their names, families and usual lengths. The sounds are models/audio/effects. */
export const effectGroups = ['texture', 'event', 'drum'] as const;
export type EffectGroup = (typeof effectGroups)[number];

export const effectGroupLabels: Record<EffectGroup, string> = { texture: 'Textures', event: 'Events', drum: 'Drums' };

export interface EffectName {
  /** What `effect` of a sound request says. */
  id: string;
  label: string;
  group: EffectGroup;
  /** Whether its end can meet its beginning. */
  loopable: boolean;
  /** Seconds it usually takes. */
  seconds: number;
}

const texture = (id: string, label: string, seconds = 8): EffectName => ({ id, label, group: 'texture', loopable: true, seconds });
const event = (id: string, label: string, seconds: number): EffectName => ({ id, label, group: 'event', loopable: false, seconds });
const drum = (id: string, label: string, seconds: number): EffectName => ({ id, label, group: 'drum', loopable: false, seconds });

export const effectNames: readonly EffectName[] = [
  texture('wind', 'Wind'),
  texture('rain', 'Rain'),
  texture('waves', 'Waves', 16),
  texture('fire', 'Fire'),
  texture('hum', 'Hum'),
  event('footsteps', 'Footsteps', 4),
  event('thunder', 'Thunder', 7),
  event('explosion', 'Explosion', 3),
  event('whoosh', 'Whoosh', 1),
  event('impact-wood', 'Blow on wood', 0.8),
  event('impact-metal', 'Blow on metal', 3),
  event('impact-glass', 'Blow on glass', 1.2),
  drum('kick', 'Kick', 0.8),
  drum('snare', 'Snare', 0.6),
  drum('tom', 'Tom', 1.2),
  drum('clap', 'Clap', 0.5),
  drum('closed-hat', 'Closed hi-hat', 0.3),
  drum('open-hat', 'Open hi-hat', 1.2),
  drum('crash', 'Crash cymbal', 3.5),
  drum('ride', 'Ride cymbal', 3),
];

/** An effect this list does not know keeps its id as its name. */
export const effectLabel = (id: string): string => effectNames.find((one) => one.id === id)?.label ?? id;
