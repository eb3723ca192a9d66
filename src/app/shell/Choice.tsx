import { useId } from 'react';

/** A segmented choice: a fieldset of radio buttons. */
export function Choice<T extends string>(props: {
  legend: string;
  /** Shows the legend above; it is for screen readers only otherwise. */
  named?: boolean;
  value: T;
  choices: readonly (readonly [value: T, text: string])[];
  onChoose: (value: T) => void;
}) {
  const name = useId();
  return (
    <fieldset className="min-w-0">
      <legend className={props.named ? 'lab mb-2' : 'sr'}>{props.legend}</legend>
      <div className="seg">
        {props.choices.map(([value, text]) => (
          <label key={value}>
            <input
              type="radio"
              name={name}
              value={value}
              checked={value === props.value}
              onChange={() => props.onChoose(value)}
            />
            <span>{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
