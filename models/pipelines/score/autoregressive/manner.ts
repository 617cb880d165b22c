/**
 * How new music is written, where a piece or its continuation is asked for and ends by its own word. Chosen by count, over 24 pieces
 * of eight bars in as many told keys: chorales close on the tonic 20 times (4 without) and are heard in the key 17 times (9), songs
 * 18 (15) and 18 (12). Places that are written anew between others follow the model alone.
 */
export const manners = {
  chorale: { guidance: 2.5, candidates: 3 },
  song: { guidance: 1.5, candidates: 3 },
  drums: { guidance: 1.5 },
} as const;
