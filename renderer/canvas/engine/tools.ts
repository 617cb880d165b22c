/** One instance of each tool: brushes remember where their last stroke ended. */
import type { ToolName } from '../canvas-api.ts';
import { EyedropperTool, FillTool, WandTool } from '../tools/click-tools.ts';
import { ShapeTool } from '../tools/shape-tool.ts';
import { StrokeTool } from '../tools/stroke-tool.ts';
import type { Tool, ToolHost } from '../tools/tool.ts';
import { HandTool, MoveTool } from '../tools/view-tools.ts';

export function createTools(host: ToolHost): Record<ToolName, Tool> {
  return {
    'mask-brush': new StrokeTool(host, 'mask-brush'),
    'mask-eraser': new StrokeTool(host, 'mask-eraser'),
    'mask-rectangle': new ShapeTool(host, 'mask-rectangle'),
    'mask-ellipse': new ShapeTool(host, 'mask-ellipse'),
    'mask-lasso': new ShapeTool(host, 'mask-lasso'),
    'mask-wand': new WandTool(host),
    'paint-brush': new StrokeTool(host, 'paint-brush'),
    'paint-eraser': new StrokeTool(host, 'paint-eraser'),
    fill: new FillTool(host),
    eyedropper: new EyedropperTool(host),
    move: new MoveTool(host),
    // Its handles are dragged; elsewhere it moves the view.
    outpaint: new HandTool(host),
    hand: new HandTool(host),
  };
}
