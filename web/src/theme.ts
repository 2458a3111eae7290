/** Light or dark, as the system has it or as the reader chose. */

const PLACE = "anymol.theme";
export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export function readTheme(): Theme {
  const kept = localStorage.getItem(PLACE);
  return THEMES.find((one) => one === kept) ?? "auto";
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(PLACE, theme);
  document.documentElement.dataset.theme = theme;
}
