/** Names and origins that music and sound files carry besides the music. */
export interface MusicTags {
  title: string;
  /** The seed that the music was made with. */
  seed?: number;
  /** The pack (model) that made it, as `name version`. */
  pack?: string;
}
