/** A pipeline's parameters as flags: --context-padding 0.5. Names, ranges and words come from shared/pipelines. */
import { AppError } from '../../shared/contract/errors.ts';
import type { ParameterInfo } from '../../shared/pipelines/parameter-info.ts';
import { numberFlag, textFlag, type Command, type CommandContext } from './command.ts';

export const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export function parameterOptions(infos: readonly ParameterInfo[]): Command['options'] {
  return Object.fromEntries(infos.map(({ name }) => [kebab(name), { type: 'string' as const }]));
}

function valuesOf(info: ParameterInfo): string {
  switch (info.kind) {
    case 'boolean':
      return 'true|false';
    case 'number':
      return `${String(info.min)}..${String(info.max)}`;
    case 'choice':
      return info.choices.map(({ value }) => value).join('|');
  }
}

/** One line a parameter, for a command's help. */
export function parameterHelp(infos: readonly ParameterInfo[]): string {
  return infos
    .map((info) => `  --${kebab(info.name).padEnd(18)} ${info.help} (${valuesOf(info)}; default ${String(info.default)})`)
    .join('\n');
}

/**
 * What the flags say; parameters that were not given are left out, so that the schema's defaults apply.
 * @throws invalid-request for values outside their range
 */
export function parametersOf(context: CommandContext, infos: readonly ParameterInfo[]): Record<string, number | boolean | string> {
  const given: Record<string, number | boolean | string> = {};
  for (const info of infos) {
    const flag = kebab(info.name);
    const text = textFlag(context, flag);
    if (text !== undefined) given[info.name] = valueOf(context, info, flag, text);
  }
  return given;
}

function valueOf(context: CommandContext, info: ParameterInfo, flag: string, text: string): number | boolean | string {
  switch (info.kind) {
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw new AppError('invalid-request', `--${flag} is true or false.`);
      return text === 'true';
    case 'choice':
      if (!info.choices.some(({ value }) => value === text)) {
        throw new AppError('invalid-request', `--${flag} is one of ${valuesOf(info).replaceAll('|', ', ')}.`);
      }
      return text;
    case 'number': {
      const value = numberFlag(context, flag) ?? info.default;
      if (value < info.min || value > info.max) {
        throw new AppError('invalid-request', `--${flag} lies between ${String(info.min)} and ${String(info.max)}.`);
      }
      return value;
    }
  }
}
