/** Styles of the drummers that the drum model has learned from (Groove MIDI Dataset), with words for people. */
export const drumStyles: readonly { id: string; label: string }[] = [
  { id: 'afrobeat', label: 'Afrobeat' },
  { id: 'afrocuban', label: 'Afro-Cuban' },
  { id: 'blues', label: 'Blues' },
  { id: 'country', label: 'Country' },
  { id: 'dance', label: 'Dance' },
  { id: 'funk', label: 'Funk' },
  { id: 'gospel', label: 'Gospel' },
  { id: 'highlife', label: 'Highlife' },
  { id: 'hiphop', label: 'Hip-hop' },
  { id: 'jazz', label: 'Jazz' },
  { id: 'latin', label: 'Latin' },
  { id: 'middleeastern', label: 'Middle Eastern' },
  { id: 'neworleans', label: 'New Orleans' },
  { id: 'pop', label: 'Pop' },
  { id: 'punk', label: 'Punk' },
  { id: 'reggae', label: 'Reggae' },
  { id: 'rock', label: 'Rock' },
  { id: 'soul', label: 'Soul' },
];

export const drumStyleLabel = (id: string): string => drumStyles.find((style) => style.id === id)?.label ?? id;
