import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from '@mantine/core';

/** Mixes two `#rrggbb` colours; `part` 0 is the first, 1 the second. */
function mix(first: string, second: string, part: number): string {
  const channel = (at: number) => {
    const from = Number.parseInt(first.slice(at, at + 2), 16);
    const to = Number.parseInt(second.slice(at, at + 2), 16);
    return Math.round(from + (to - from) * part)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${channel(1)}${channel(3)}${channel(5)}`;
}

/** Mantine's ten shades around the two of BRAND.md: shade 6 is the light scheme's, shade 3 the dark scheme's. */
function shades(light: string, dark: string): MantineColorsTuple {
  return [
    mix(dark, '#ffffff', 0.85),
    mix(dark, '#ffffff', 0.6),
    mix(dark, '#ffffff', 0.3),
    dark,
    mix(dark, light, 0.34),
    mix(dark, light, 0.67),
    light,
    mix(light, '#000000', 0.12),
    mix(light, '#000000', 0.25),
    mix(light, '#000000', 0.4),
  ];
}

const OURS = ['accent', 'good', 'warn', 'bad', 'info'];

/** Mantine decides on one text colour for both schemes; ours are dark on light in one and light on dark in the other. */
const variantColors: VariantColorsResolver = (input) => {
  const color = input.color || input.theme.primaryColor;
  const colors = defaultVariantColorsResolver(input);
  if (!OURS.includes(color)) return colors;
  if (input.variant === 'filled') return { ...colors, color: 'var(--hs-on-color)' };
  if (input.variant === 'light' || input.variant === 'subtle') {
    const tint = (part: number) => `color-mix(in srgb, var(--hs-${color}) ${part}%, transparent)`;
    const background = input.variant === 'light' ? tint(12) : 'transparent';
    return { ...colors, background, hover: tint(18), color: `var(--hs-${color})` };
  }
  return colors;
};

export const theme = createTheme({
  fontFamily: '"Inter Variable", system-ui, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "Cascadia Code", Consolas, Menlo, monospace',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '18px' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.5', lg: '1.5', xl: '1.4' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '32px' },
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '8px', xl: '8px' },
  defaultRadius: 'sm',
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '22px', lineHeight: '1.3' },
      h2: { fontSize: '16px', lineHeight: '1.4' },
      h3: { fontSize: '14px', lineHeight: '1.45' },
    },
  },
  colors: {
    accent: shades('#3b47c4', '#9aa5ff'),
    good: shades('#13795b', '#4fd1a5'),
    warn: shades('#9a5b00', '#f2b35a'),
    bad: shades('#b3261e', '#ff8a80'),
    info: shades('#0b6ba8', '#6cc4f5'),
    // Mantine builds its dark surfaces from these.
    dark: [
      '#eef0f6',
      '#c9cfdd',
      '#a3aabc',
      '#656d82',
      '#2a3040',
      '#1e2431',
      '#161a24',
      '#0e1118',
      '#0b0e14',
      '#080a0f',
    ],
  },
  primaryColor: 'accent',
  primaryShade: { light: 6, dark: 3 },
  variantColorResolver: variantColors,
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Paper: { defaultProps: { withBorder: true, radius: 'md', p: 'md' } },
    Button: { defaultProps: { size: 'sm' } },
    Modal: {
      defaultProps: {
        radius: 'md',
        transitionProps: { duration: 120 },
        centered: true,
        closeButtonProps: { 'aria-label': 'Close' },
        // Mantine writes a <header>, which outside of sectioning elements would be a second banner of the page.
        attributes: { header: { role: 'presentation' } },
      },
    },
    Menu: { defaultProps: { transitionProps: { duration: 100 }, shadow: 'none' } },
    Table: { defaultProps: { fz: 'sm', verticalSpacing: 5, horizontalSpacing: 'sm' } },
    // A field's error is read aloud as soon as it appears.
    InputError: { defaultProps: { role: 'alert' } },
  },
});

const ours = {
  '--mantine-color-body': 'var(--hs-bg)',
  '--mantine-color-text': 'var(--hs-text)',
  '--mantine-color-bright': 'var(--hs-text)',
  '--mantine-color-dimmed': 'var(--hs-dim)',
  '--mantine-color-placeholder': 'var(--hs-dim)',
  '--mantine-color-anchor': 'var(--hs-accent)',
  '--mantine-color-error': 'var(--hs-bad)',
  '--mantine-color-default': 'var(--hs-surface)',
  '--mantine-color-default-hover': 'var(--hs-hover)',
  '--mantine-color-default-color': 'var(--hs-text)',
  '--mantine-color-default-border': 'var(--hs-edge)',
  '--mantine-color-disabled': 'var(--hs-hover)',
  '--mantine-color-disabled-color': 'var(--hs-dim)',
  '--mantine-color-disabled-border': 'var(--hs-line)',
};

/** Points Mantine's variables at our tokens, which change with the scheme by themselves. */
export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: ours, dark: ours });
