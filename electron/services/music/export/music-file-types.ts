import type { MusicExportFormat } from '../../../../shared/contract/calls/music-calls.ts';

interface FileType {
  extension: string;
  mediaType: string;
}

export const musicFileTypes: Readonly<Record<MusicExportFormat['kind'], FileType>> = {
  wav: { extension: 'wav', mediaType: 'audio/wav' },
  flac: { extension: 'flac', mediaType: 'audio/flac' },
  mp3: { extension: 'mp3', mediaType: 'audio/mpeg' },
  vorbis: { extension: 'ogg', mediaType: 'audio/ogg' },
  opus: { extension: 'opus', mediaType: 'audio/ogg' },
  midi: { extension: 'mid', mediaType: 'audio/midi' },
  musicxml: { extension: 'musicxml', mediaType: 'application/vnd.recordare.musicxml+xml' },
  svg: { extension: 'svg', mediaType: 'image/svg+xml' },
  png: { extension: 'png', mediaType: 'image/png' },
};

export const isAudioFormat = (
  format: MusicExportFormat,
): format is Exclude<MusicExportFormat, { kind: 'midi' | 'musicxml' | 'svg' | 'png' }> =>
  format.kind !== 'midi' && format.kind !== 'musicxml' && format.kind !== 'svg' && format.kind !== 'png';
