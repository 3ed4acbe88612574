import { didYouMean } from '../../catalog/suggest.ts';
import { ConnectorError } from '../../errors.ts';
import type { CliContext } from '../context.ts';
import {
  configTopic,
  environmentTopic,
  errorTopic,
  errorsTopic,
  exitCodesTopic,
  type Topic,
} from '../help-topics.ts';
import { done, type Outcome } from '../outcome.ts';
import { commandNames, helpOf } from '../parse.ts';
import { HELP_TOPICS, type Invocation } from '../program.ts';

/** `help [topic] [code]`: a command's flags, or one of the reference pages. */
export async function runHelp(invocation: Invocation, context: CliContext): Promise<Outcome> {
  const [name = null, code = null] = invocation.args;
  const topic = await topicOf(name, code);
  if (topic !== null) return done(topic.data, topic.text);
  const text = helpOf(name, context.version);
  if (text !== null) return done({ help: text.trimEnd() }, text.trimEnd());
  const meant = didYouMean(name ?? '', [...HELP_TOPICS, ...commandNames(context.version)]).trimStart();
  const all = `Topics: ${HELP_TOPICS.join(', ')}, or a command. All of them: harvest-bq --help`;
  throw new ConnectorError('USAGE_INVALID', `There is no help about '${name ?? ''}'.`, {
    hint: meant === '' ? all : `${meant} ${all}`,
    details: { command: 'help' },
  });
}

async function topicOf(name: string | null, code: string | null): Promise<Topic | null> {
  switch (name ?? '') {
    case 'errors':
      return code === null ? errorsTopic() : errorTopic(code);
    case 'exit-codes':
      return exitCodesTopic();
    case 'environment':
      return environmentTopic();
    case 'config':
      return configTopic();
    default:
      return null;
  }
}
