/** Of this package, as in package.json, and of the suite whose behaviour it has. */
export const PACKAGE_VERSION = "0.1.0";
export const S6_VERSION = "2.15.1.0";

export const VERSION = `s6-actors ${PACKAGE_VERSION} (s6 ${S6_VERSION})`;
