/** Kiln's own parameters inside picture files: a PNG text chunk and XMP, and IPTC's word for how the picture came about. */
import { embeddedMetadataKeyword, embeddedMetadataSchema, type EmbeddedMetadata } from '../../../shared/domain/embedded-metadata.ts';
import { readPngText } from './png-text.ts';

const namespace = 'https://kiln.studio/ns/1.0/';
const digitalSourceTypes = 'http://cv.iptc.org/newscodes/digitalsourcetype/';

function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}

function unescapeXml(text: string): string {
  return text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&apos;/g, "'")
    .replace(/&#(?:x([0-9a-fA-F]+)|(\d+));/g, (whole, hex: string | undefined, decimal: string | undefined) => {
      const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    })
    .replace(/&amp;/g, '&');
}

/** XMP (ISO 16684-1) with Iptc4xmpExt:DigitalSourceType. */
export function xmpPacket(metadata: EmbeddedMetadata): string {
  return `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:kiln="${namespace}" xmp:CreatorTool="${escapeXml(metadata.software)}" Iptc4xmpExt:DigitalSourceType="${digitalSourceTypes}${metadata.digitalSourceType}" kiln:parameters="${escapeXml(JSON.stringify(metadata))}"/>
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>`;
}

function parse(json: string | null): EmbeddedMetadata | null {
  if (json === null) return null;
  try {
    return embeddedMetadataSchema.safeParse(JSON.parse(json)).data ?? null;
  } catch {
    return null;
  }
}

/** What Kiln wrote into a file, from the PNG chunk or the XMP; null for other people's files and for anything damaged. */
export function readEmbedded(file: Buffer, xmp: string | undefined): EmbeddedMetadata | null {
  const own = parse(readPngText(file, embeddedMetadataKeyword));
  if (own !== null || xmp === undefined) return own;
  const attribute = /kiln:parameters=(?:"([^"]*)"|'([^']*)')/.exec(xmp);
  const text = attribute?.[1] ?? attribute?.[2] ?? /<kiln:parameters>([^<]*)<\/kiln:parameters>/.exec(xmp)?.[1];
  return text === undefined ? null : parse(unescapeXml(text));
}
