package org.posthorn.storage.account;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// Does what a [RestorePlan] says, in one change. The mailboxes come first, all at once: one may
/// get the name that another has now.
final class RestoreRun {
  private final RestorePlan plan;
  private final Draft draft;

  RestoreRun(RestorePlan plan, Draft draft) {
    this.plan = plan;
    this.draft = draft;
  }

  void run() {
    if (plan.steps().isEmpty()) {
      return;
    }
    plan.toVersion().ifPresent(draft::restored);
    Map<MailboxId, MailboxName> names = new LinkedHashMap<>();
    Map<MailboxId, Optional<SpecialUse>> uses = new LinkedHashMap<>();
    for (RestoreStep step : plan.steps()) {
      if (step instanceof RestoreStep.RemoveMailbox(var mailbox, _, _)) {
        draft.delete(mailbox);
      } else if (step instanceof RestoreStep.RenameMailbox(var mailbox, _, var to)) {
        names.put(mailbox, to);
      } else if (step instanceof RestoreStep.ChangeUse(var mailbox, _, var use)) {
        uses.put(mailbox, use);
      }
    }
    draft.mailboxes().renameAll(names);
    draft.mailboxes().useAll(uses);
    plan.steps().forEach(this::content);
  }

  private void content(RestoreStep step) {
    switch (step) {
      case RestoreStep.RemoveMailbox _, RestoreStep.RenameMailbox _, RestoreStep.ChangeUse _ -> {}
      case RestoreStep.CreateMailbox(var name, var use) ->
          draft.mailboxes().make(name, use.filter(wanted -> !draft.mailboxes().isUsed(wanted)));
      case RestoreStep.Subscribe(var name, var on) -> draft.subscribe(name, on);
      case RestoreStep.TakeOut(var from, var uids) -> draft.expunge(at(from), uids);
      case RestoreStep.ChangeFlags(var in, var uids, var to) ->
          draft.store(at(in), uids, AccountDraft.FlagChange.REPLACE, to, OptionalLong.empty());
      case RestoreStep.BringBack(var into, var messages) ->
          draft.messages().bringBack(draft.mailboxes().at(at(into)), messages);
    }
  }

  private MailboxId at(MailboxName name) {
    return draft
        .find(name)
        .map(MailboxInfo::id)
        .orElseThrow(() -> new MailboxException.NotFound(name.value()));
  }
}
