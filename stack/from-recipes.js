// The parts of the template that depend on the recipes. Serverless reads variables from .js files, not from .ts files.
import { policiesOf } from '../scripts/recipe-policies.ts';
import {
  calendarsOf,
  conditionsOf,
  documentsOf,
  parametersOf,
  readRecipes,
  refreshedGroupsOf,
  schedulesOf,
  stepsDocumentsOf,
  subscriptionsOf,
} from '../scripts/recipe-resources.ts';
import { stackKeyOf } from '../scripts/stack-key.ts';

const recipes = readRecipes();
export const policies = policiesOf(recipes);
export const stepsDocuments = stepsDocumentsOf(recipes);
export const key = stackKeyOf(recipes);
export const parameters = parametersOf(recipes);
export const documents = documentsOf(recipes);
export const calendars = calendarsOf(recipes);
export const refreshedGroups = refreshedGroupsOf(recipes);
export const conditions = conditionsOf(recipes);
export const triggers = { ...schedulesOf(recipes), ...subscriptionsOf(recipes) };
