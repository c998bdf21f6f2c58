import { inventory } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import { plainRecipe, recipeFile, simulate } from '../simulated-build.ts';

/**
 * A build of a bad image. Each simulated second, and at every change of state, it looks at every image of the world: `seenBy` contains the
 * permissions that another account ever had.
 */
async function bad(recipe: object) {
  const { world, pipeline, run } = simulate({ recipes: [recipeFile({ ...plainRecipe, ...recipe })] });
  const seenBy = new Set<string>();
  let looks = 0;
  const look = () => {
    looks++;
    for (const { id, account, launchPermissions } of world.images.all())
      if (account === HOME.account && launchPermissions.length > 0)
        seenBy.add(`${id} ${JSON.stringify(launchPermissions)}`);
  };
  const ticks = setInterval(look, 1000);
  const { status, error, cause } = await run(pipeline.start('plain', look).result);
  clearInterval(ticks);
  look();
  const { errorMessage } = JSON.parse(cause ?? '{}') as { errorMessage: string };
  const pointers = world.parameters.all().filter(({ account }) => account === HOME.account);
  return {
    ended: [status, error],
    errorMessage,
    seenBy: [...seenBy],
    looks,
    pointers,
    left: inventory(pipeline, HOME.account),
  };
}

const nothing = { seenBy: [], pointers: [], left: [] };

describe('an image that must not be trusted is never visible to another account', () => {
  it('if a test of the recipe fails: the error shows the last lines of the test', async () => {
    const tests = [
      { name: 'passes', shell: 'true' },
      {
        name: 'web server answers',
        shell: 'echo "starting"\necho "curl: (7) Failed to connect to localhost port 80" >&2\nexit 7',
      },
    ];
    const { ended, errorMessage, looks, ...found } = await bad({ tests });
    expect(ended).toEqual(['FAILED', 'BuildFailed']);
    expect(errorMessage).toMatch(
      /^The recipe's test "web server answers" failed with exit code 7 on i-\w+, an instance of the image ami-\w+; last lines of its output: .*curl: \(7\) Failed to connect/,
    );
    expect(found).toEqual(nothing);
    expect(looks).toBeGreaterThan(300);
  });

  it('if a step removed the kernel: the image does not boot', async () => {
    const steps = [{ name: 'slim', shell: "dnf remove -y 'kernel*'" }];
    const { ended, errorMessage, looks: _looks, ...found } = await bad({ steps });
    expect(ended).toEqual(['FAILED', 'BuildFailed']);
    expect(errorMessage).toMatch(
      /^The image ami-\w+ does not boot: EC2's instance status check of the tester i-\w+ has failed for/,
    );
    expect(found).toEqual(nothing);
  });

  it.each([
    ['credentials', 'mkdir -p /root/.aws\necho secret > /root/.aws/credentials', '/root/.aws/credentials'],
    ['a private key', 'touch /home/ec2-user/.ssh/id_ed25519', '/home/ec2-user/.ssh/id_ed25519'],
  ])('if a step left %s', async (_, shell, file) => {
    const {
      ended,
      errorMessage,
      looks: _looks,
      ...found
    } = await bad({ steps: [{ name: 'leaves', shell }] });
    expect(ended).toEqual(['FAILED', 'BuildFailed']);
    expect(errorMessage).toMatch(/^The check of what is left in the image failed with exit code 1/);
    expect(errorMessage).toContain(file);
    expect(found).toEqual(nothing);
  });
});
