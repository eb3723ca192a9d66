import { type BitConfig as BitConfigFields, type HiddenAct, parseBitConfig } from './config.ts';
import { type JsonSource, jsonOf, savedJson } from './pretrained.ts';

/**
 * The reference's BitConfig: a config.json with all defaults in place, under the reference's own field names.
 * `new BitConfig({ depths: [3, 4, 23, 3] })` takes fields as the Python class does.
 */
export class BitConfig implements BitConfigFields {
  declare readonly num_channels: number;
  declare readonly embedding_size: number;
  declare readonly hidden_sizes: readonly number[];
  declare readonly depths: readonly number[];
  declare readonly layer_type: 'preactivation' | 'bottleneck';
  declare readonly hidden_act: HiddenAct;
  declare readonly global_padding: 'SAME' | 'VALID' | null;
  declare readonly num_groups: number;
  declare readonly drop_path_rate: number;
  declare readonly embedding_dynamic_padding: boolean;
  declare readonly output_stride: number;
  declare readonly width_factor: number;
  declare readonly stage_names: readonly string[];
  declare readonly out_features: readonly string[];
  declare readonly out_indices: readonly number[];
  declare readonly num_labels: number;
  /** id2label in index order. */
  declare readonly labels: readonly string[];
  declare readonly problem_type: string | null;
  /** Unknown keys are kept and have no effect. */
  readonly #given: Readonly<Record<string, unknown>>;

  /** Throws BitError: 'config-field', 'config-conflict', and 'checkpoint-not-bit' for another model_type. */
  constructor(fields: Readonly<Record<string, unknown>> = {}) {
    Object.assign(this, parseBitConfig(fields));
    this.#given = fields;
  }

  static from_dict(fields: Readonly<Record<string, unknown>>): BitConfig {
    return new BitConfig(fields);
  }

  /** Reads config.json from files, a Blob or its parsed content; fields in `overrides` win. Throws BitError. */
  static async from_pretrained(
    source: JsonSource,
    overrides: Readonly<Record<string, unknown>> = {},
  ): Promise<BitConfig> {
    return new BitConfig({ ...(await jsonOf(source, 'config.json')), ...overrides });
  }

  get id2label(): Readonly<Record<number, string>> {
    return Object.fromEntries(this.labels.map((label, i) => [i, label]));
  }

  get label2id(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.labels.map((label, i) => [label, i]));
  }

  /** All fields, resolved, as the reference prints them. */
  to_dict(): Record<string, unknown> {
    const { labels: _, num_labels: __, ...fields } = { ...this };
    const { num_labels: ___, ...given } = this.#given;
    return { ...given, model_type: 'bit', ...fields, id2label: this.id2label, label2id: this.label2id };
  }

  /** config.json, as the reference saves it. */
  to_json_string(): string {
    return savedJson(this.to_dict());
  }
}
