/** The most minutes that a recipe can give Amazon Inspector for the scan of the tester. The time limit of a build includes them. */
export const CVE_DEADLINE_MINUTES_MAX = 480;
