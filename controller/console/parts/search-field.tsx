import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { type ReactNode, useState } from "react";

interface SearchFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** A filter that the server answers; `/` goes to it. */
export function SearchField({ label, value, onChange }: SearchFieldProps): ReactNode {
  const [text, setText] = useState(value);
  const [told, setTold] = useState(value);
  // A link, or who clears all filters, changes it from outside.
  if (value !== told) {
    setTold(value);
    setText(value);
  }
  const later = useDebouncedCallback(onChange, 120);
  return (
    <TextInput
      size="xs"
      w={280}
      aria-label={label}
      placeholder={`${label} (press /)`}
      data-filter
      maxLength={64}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        later(event.currentTarget.value);
      }}
    />
  );
}
