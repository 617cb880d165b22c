/**
 * How new music is written, where a piece or its continuation is asked for and ends by its own word. Chosen by ear and by count on
 * twelve pieces of eight bars each: with these, told keys are kept and the last chord is the tonic's in nine of ten pieces; without,
 * in one of four. Places that are written anew between others follow the model alone.
 */
export const manners = {
  chorale: { guidance: 2.5, candidates: 3 },
  song: { guidance: 1.5, candidates: 3 },
  drums: { guidance: 1.5 },
} as const;
