/** What the program shows when it is started without a word. */
export const FIRST_LOOK = `Harvest → a warehouse of your own. 32 tables, kept current, one command.

  harvest-bq init                         set up: a few questions, two minutes
  harvest-bq demo                         see it at work (no account, a minute)
  harvest-bq discover clients --preview   see rows, with account id and token
  harvest-bq check                        is everything set up?
  harvest-bq sync                         bring the tables up to date
  harvest-bq status                       is it fresh?

All commands: harvest-bq --help      Settings: harvest-bq help config
`;
