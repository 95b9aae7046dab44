package org.posthorn.app.admin;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.posthorn.message.Counted;
import org.posthorn.storage.account.RestorePlan;
import org.posthorn.storage.account.RestoreStep;
import org.posthorn.storage.account.SpecialUse;

/// Says in plain words what a restore does.
final class RestoreWords {
  private RestoreWords() {}

  /// A step for programs, and for people.
  record StepView(String step, String mailbox, long messages, String what) {}

  /// Flags of one mailbox are told together.
  static List<StepView> of(RestorePlan plan) {
    List<StepView> views = new ArrayList<>();
    Map<String, Long> flagged = new LinkedHashMap<>();
    for (RestoreStep step : plan.steps()) {
      if (step instanceof RestoreStep.ChangeFlags(var in, var uids, _)) {
        flagged.merge(in.value(), (long) uids.size(), Long::sum);
      } else {
        views.add(view(step));
      }
    }
    flagged.forEach((mailbox, count) -> views.add(flags(mailbox, count)));
    return views;
  }

  private static StepView view(RestoreStep step) {
    return switch (step) {
      case RestoreStep.RemoveMailbox(_, var name, var messages) ->
          new StepView(
              "remove-mailbox",
              name.value(),
              messages,
              "remove %s, which came since, with %s"
                  .formatted(name, Counted.of(messages, "message")));
      case RestoreStep.RenameMailbox(_, var from, var to) ->
          new StepView("rename-mailbox", to.value(), 0, "rename %s to %s".formatted(from, to));
      case RestoreStep.ChangeUse(_, var name, var use) ->
          new StepView(
              "change-use",
              name.value(),
              0,
              use.map(SpecialUse::attribute)
                  .map(u -> "make %s the mailbox for %s again".formatted(name, u))
                  .orElse("take the special use from " + name));
      case RestoreStep.CreateMailbox(var name, _) ->
          new StepView("create-mailbox", name.value(), 0, "create " + name + " again");
      case RestoreStep.Subscribe(var name, var on) ->
          new StepView(
              "subscribe",
              name.value(),
              0,
              (on ? "subscribe to %s again" : "unsubscribe from %s").formatted(name));
      case RestoreStep.TakeOut(var from, var uids) ->
          new StepView(
              "take-out",
              from.value(),
              uids.size(),
              "take %s out of %s; the history keeps them"
                  .formatted(Counted.of(uids.size(), "message"), from));
      case RestoreStep.ChangeFlags(var in, var uids, _) -> flags(in.value(), uids.size());
      case RestoreStep.BringBack(var into, var gone) ->
          new StepView(
              "bring-back",
              into.value(),
              gone.size(),
              "bring %s back into %s".formatted(Counted.of(gone.size(), "message"), into));
    };
  }

  private static StepView flags(String mailbox, long count) {
    return new StepView(
        "change-flags",
        mailbox,
        count,
        "give %s in %s the flags of then".formatted(Counted.of(count, "message"), mailbox));
  }
}
