// What the template has of the recipes. Serverless reads variables from .js files, and not from .ts.
import {
  calendarsOf,
  conditionsOf,
  documentsOf,
  parametersOf,
  readRecipes,
  schedulesOf,
  stepsDocumentsOf,
  subscriptionsOf,
} from '../scripts/recipe-resources.ts';

const recipes = readRecipes();
export const stepsDocuments = stepsDocumentsOf(recipes);
export const parameters = parametersOf(recipes);
export const documents = documentsOf(recipes);
export const calendars = calendarsOf(recipes);
export const conditions = conditionsOf(recipes);
export const triggers = { ...schedulesOf(recipes), ...subscriptionsOf(recipes) };
