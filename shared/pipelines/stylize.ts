/** Parameters of style transfer: one schema gives validation, defaults, ranges, the panel and the CLI flags. */
import { z } from 'zod';
import type { ParameterInfo } from './parameter-info.ts';

export const stylizeParamsSchema = z.object({
  /** 0 = the picture as it is, 1 = the style in full. */
  strength: z.number().min(0).max(1).default(1),
  /** Where texture comes from: 0 = the picture's own, given the style's statistics; 1 = the style's brushwork, patch by patch. */
  brushwork: z.number().min(0).max(1).default(0.4),
  /** Size of the style's strokes: the style picture is resized by this before it is read. */
  styleScale: z.number().min(0.25).max(4).default(1),
  /** How much of the picture's fine brightness detail is laid over the result. */
  detail: z.number().min(0).max(1).default(0.3),
  /**
   * How far the result's colours are moved onto the style's whole range of colours; 0 = as painted, mostly in the style's main
   * ones. Counts for nothing with `preserveColours`, and for packs of one style.
   */
  palette: z.number().min(0).max(1).default(1),
  /** Keep the picture's own colours and take only brightness and texture from the style. */
  preserveColours: z.boolean().default(false),
  /**
   * How colours are kept: `luminance` gives the result the picture's chroma; `matched` gives the style picture the
   * picture's colour statistics before it is read (both Gatys et al., "Preserving Color in Neural Artistic Style
   * Transfer", 2016).
   */
  colourMethod: z.enum(['luminance', 'matched']).default('luminance'),
  /** Weights of style, style2 and style3; they are divided by their sum over the styles that are there. */
  weight1: z.number().min(0).max(1).default(1),
  weight2: z.number().min(0).max(1).default(1),
  weight3: z.number().min(0).max(1).default(1),
  /**
   * The longer side, in pixels, at which the picture is painted. Larger pictures are painted at this size and enlarged,
   * their own edges guiding; strokes keep their size relative to the picture.
   */
  paintSize: z.int().min(128).max(8192).default(1536),
});
export type StylizeParams = z.infer<typeof stylizeParamsSchema>;

const defaults = stylizeParamsSchema.parse({});

const share = { kind: 'number', min: 0, max: 1, step: 0.05, unit: '' } as const;

export const stylizeParameters = [
  { ...share, name: 'strength', label: 'Strength', help: 'From the picture as it is to the style in full.', default: defaults.strength },
  {
    ...share,
    name: 'brushwork',
    label: 'Brushwork',
    help: "Low: the picture's own texture in the style's colours and contrast. High: the style's strokes, with less of the picture's detail.",
    default: defaults.brushwork,
  },
  {
    kind: 'number',
    name: 'styleScale',
    label: 'Style scale',
    help: 'Size of the strokes: the style picture is resized by this before it is read.',
    min: 0.25,
    max: 4,
    step: 0.05,
    unit: '×',
    default: defaults.styleScale,
  },
  { ...share, name: 'detail', label: 'Detail', help: "Lays the picture's own fine edges over the result.", default: defaults.detail },
  {
    ...share,
    name: 'palette',
    label: 'Palette',
    help: "How fully the style's range of colours is used, its rare strong ones too.",
    default: defaults.palette,
  },
  {
    kind: 'boolean',
    name: 'preserveColours',
    label: 'Preserve colours',
    help: "Keeps the picture's own colours; only brightness and texture come from the style.",
    default: defaults.preserveColours,
  },
  {
    kind: 'choice',
    name: 'colourMethod',
    label: 'Colours are kept by',
    help: "Luminance: the result gets the picture's colours. Matched: the style gets the picture's range of colours first, and strokes may vary in colour.",
    choices: [
      { value: 'luminance', label: 'Luminance' },
      { value: 'matched', label: 'Matching the style' },
    ],
    default: defaults.colourMethod,
  },
  { ...share, name: 'weight1', label: 'Weight of style 1', help: 'Share of the first style among those given.', default: defaults.weight1 },
  { ...share, name: 'weight2', label: 'Weight of style 2', help: 'Share of the second style.', default: defaults.weight2 },
  { ...share, name: 'weight3', label: 'Weight of style 3', help: 'Share of the third style.', default: defaults.weight3 },
  {
    kind: 'number',
    name: 'paintSize',
    label: 'Painting size',
    help: 'Longer side at which the picture is painted; larger pictures are enlarged afterwards along their own edges.',
    min: 128,
    max: 8192,
    step: 64,
    unit: 'px',
    default: defaults.paintSize,
  },
] as const satisfies readonly ParameterInfo[];
