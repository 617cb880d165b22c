/** Words and widgets for the parameters: the default panel and the CLI's help are drawn from these. */
export interface NumberParameterInfo {
  kind: 'number';
  name: string;
  label: string;
  help: string;
  min: number;
  max: number;
  step: number;
  unit: '' | 'px' | '×' | '%';
  default: number;
}
export interface BooleanParameterInfo {
  kind: 'boolean';
  name: string;
  label: string;
  help: string;
  default: boolean;
}
/** One of a few named values. */
export interface ChoiceParameterInfo {
  kind: 'choice';
  name: string;
  label: string;
  help: string;
  choices: readonly { value: string; label: string }[];
  default: string;
}
export type ParameterInfo = NumberParameterInfo | BooleanParameterInfo | ChoiceParameterInfo;
