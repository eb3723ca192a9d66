/**
 * Whether a key press belongs to an input method, whose Enter accepts a conversion and whose Escape drops it. Safari
 * tells the press that ends one by its key code alone.
 */
export const isComposing = ({ nativeEvent }: { readonly nativeEvent: KeyboardEvent }): boolean =>
  nativeEvent.isComposing || nativeEvent.keyCode === 229;
