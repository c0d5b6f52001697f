"""`haulwatch events dispute`: a signed objection that stands beside the event and changes nothing."""

from datetime import UTC, datetime
from pathlib import Path

import click

from agent.cli.event_id import identity
from agent.cli.output import config_option, json_option, print_json
from agent.errors import AgentError


@click.command()
@identity
@click.option("--reason", required=True, help="What is wrong with it, in your own words.")
@click.option("--by", help="Who objects; the account's name unless given.")
@click.option(
    "--key", type=click.Path(path_type=Path), help="Sign with this key instead of the unit's; see `keys new`."
)
@config_option
@json_option
def dispute(
    identity: str, reason: str, by: str | None, key: Path | None, config: Path, as_json: bool
) -> None:
    """Object to an event; the objection is published beside it. ID as in `list`.

    Without --key it is signed by the unit, so it needs root or the agent's account.
    """
    from agent.cli.event_id import find
    from agent.cli.journal_file import survey_of
    from agent.cli.own_key import readable
    from agent.config_file import load_config
    from agent.evidence.access import disputed, person
    from agent.evidence.setup import files_of
    from agent.evidence.statement import LONGEST_REASON, canonical, objection
    from agent.model_evidence import Signed
    from agent.trust.keys import read_private, text_of

    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise click.BadParameter(f"needs 1 to {LONGEST_REASON} characters", param_hint="--reason")
    known = load_config(config)
    with survey_of(None, config) as survey:
        record = find(survey, identity)
        name = survey.identity(record)
    if record.stream != "event" or record.hash is None:
        raise AgentError("is no event", where=name, remedy="see `haulwatch events list`")
    signer = read_private(key) if key else readable(read_private, files_of(known).key)
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    statement = objection(name, record.hash.hex(), reason.strip(), by or person(), now)
    signed = Signed(statement, signer.public.kid, text_of(signer.sign_bytes(canonical(statement))))
    where = disputed(known, record.subject, signed, signer.public.key)
    if as_json:
        print_json({"event": name, "subject": record.subject, "kid": signed.kid, "recorded": where})
    else:
        click.echo(f"{name}: the objection is on record, signed by {signed.kid}")
