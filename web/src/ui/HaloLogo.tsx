/** A neutral sign for HaloPSA, drawn by us: its own logo is not ours to ship. */
export function HaloLogo({ size = 40 }: { size?: number }) {
  return (
    <svg viewBox="0 0 40 40" width={size} height={size} aria-hidden="true" style={{ flex: 'none' }}>
      <rect x="0.5" y="0.5" width="39" height="39" rx="8" fill="var(--hs-hover)" stroke="var(--hs-line)" />
      <g fill="none" stroke="var(--hs-text)" strokeWidth="2.4" strokeLinecap="round">
        <path d="M14 14v14M26 14v14M14 21h12" />
        <ellipse cx="20" cy="9.5" rx="7.5" ry="2.2" strokeWidth="1.6" stroke="var(--hs-accent)" />
      </g>
    </svg>
  );
}
