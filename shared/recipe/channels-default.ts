/** The channels of a recipe that names none. */
export const CHANNELS_DEFAULT = ['candidate', 'stable'];
