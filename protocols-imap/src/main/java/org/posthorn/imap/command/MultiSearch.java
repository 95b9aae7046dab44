package org.posthorn.imap.command;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapCommand.SearchSource;
import org.posthorn.imap.wire.ImapCommand.SourceKind;
import org.posthorn.imap.wire.SearchReturn;
import org.posthorn.imap.wire.SearchReturn.Option;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.Rights.Right;
import org.posthorn.storage.search.MailSearch;

/// ESEARCH: one search in several mailboxes (RFC 7377). Mailboxes that the client may not read are
/// passed over, and so are names that lead nowhere. Lives as long as one command.
public final class MultiSearch {
  private final String tag;
  private final ImapCommand.MultiSearch command;
  private final Optional<SelectedMailbox> selected;
  private final Caller caller;
  private final MailSearch index;

  /// What is searched besides the selected mailbox, each once.
  private final Map<String, NamedMailbox> mailboxes = new LinkedHashMap<>();

  /// All that may be listed, once somebody asks.
  private @Nullable List<NamedMailbox> listed;

  public MultiSearch(
      String tag,
      ImapCommand.MultiSearch command,
      Optional<SelectedMailbox> selected,
      Caller caller,
      MailSearch index) {
    this.tag = tag;
    this.command = command;
    this.selected = selected;
    this.caller = caller;
    this.index = index;
  }

  public ImapAnswer run() throws IOException {
    SearchReturn returning = command.returning().orElse(SearchReturn.EVERYTHING);
    boolean onlySelected = command.sources().stream().allMatch(MultiSearch::isSelected);
    boolean withSelected =
        onlySelected || command.sources().stream().anyMatch(MultiSearch::isSelected);
    if (withSelected && selected.isEmpty()) {
      return ImapAnswer.bad("Select a mailbox first");
    }
    if (returning.has(Option.SAVE) && !onlySelected) {
      return ImapAnswer.bad("Only what is found in the selected mailbox can be saved");
    }
    if (returning.has(Option.UPDATE)
        && (selected.isEmpty() || selected.get().watchers().has(tag))) {
      return ImapAnswer.bad("Changes are told of the selected mailbox, once for each tag");
    }
    if (!onlySelected && !command.program().charsetKnown()) {
      return Query.BAD_CHARSET;
    }
    if (withSelected) {
      ImapAnswer answer = searchSelected(returning);
      if (!(answer instanceof ImapAnswer.Ok)) {
        return answer;
      }
    }
    command.sources().forEach(this::gather);
    for (NamedMailbox mailbox : mailboxes.values()) {
      search(mailbox, returning);
    }
    return ImapAnswer.ok("Searched");
  }

  private static boolean isSelected(SearchSource source) {
    return source.kind() == SourceKind.SELECTED;
  }

  /// The one whose results can be saved and watched.
  private ImapAnswer searchSelected(SearchReturn returning) throws IOException {
    SelectedMailbox mailbox = selected.orElseThrow();
    var query = new Query(mailbox, caller, index, new Progress(tag, caller.writer()));
    return query.run(
        command.program(),
        Optional.of(returning),
        true,
        found -> {
          var answer = new ExtendedAnswer(returning, found);
          if (found.size() > 0 && returning.isTold()) {
            write(answer, shown(mailbox), mailbox.told().info().uidValidity());
          }
          if (returning.has(Option.SAVE)) {
            answer.save(mailbox);
          }
          if (returning.has(Option.UPDATE)) {
            ResultWatch.start(
                new ResultWatch.Wish(
                    tag, List.of(), command.program(), query.saved(), returning.ofNew()),
                found,
                mailbox,
                index,
                caller);
          }
          return ImapAnswer.ok("Searched");
        });
  }

  private String shown(SelectedMailbox mailbox) {
    return listed().stream()
        .filter(each -> isSame(each, mailbox))
        .map(NamedMailbox::shown)
        .findFirst()
        .orElse(mailbox.told().info().name().value());
  }

  private static boolean isSame(NamedMailbox one, SelectedMailbox other) {
    return one.info().id().equals(other.id()) && one.account().id().equals(other.account().id());
  }

  private void search(NamedMailbox named, SearchReturn returning) throws IOException {
    boolean isSelected = selected.isPresent() && isSame(named, selected.get());
    if (isSelected && command.sources().stream().anyMatch(MultiSearch::isSelected)) {
      return;
    }
    SelectedMailbox mailbox;
    try {
      mailbox =
          SelectedMailbox.open(
              named.account(), named.info().id(), caller.visitor(), true, Set.of());
    } catch (MailboxException.NotFound _) {
      return;
    }
    var query = new Query(mailbox, caller, index, new Progress(tag, caller.writer()));
    Results found = query.find(command.program(), true);
    if (found.size() > 0) {
      write(
          new ExtendedAnswer(returning, found), named.shown(), mailbox.told().info().uidValidity());
    }
  }

  private void write(ExtendedAnswer answer, String name, long uidValidity) throws IOException {
    answer.write(tag, name, uidValidity, command.program().mentionsModSeq(), caller.writer());
  }

  private void gather(SearchSource source) {
    switch (source.kind()) {
      case SELECTED -> {}
      case INBOXES -> explicit(MailboxName.INBOX.value());
      case PERSONAL -> listed().stream().filter(NamedMailbox::own).forEach(this::addListed);
      case SUBSCRIBED ->
          caller.visitor().own().subscriptions().forEach(name -> explicit(name.value()));
      case MAILBOXES -> source.mailboxes().forEach(this::explicit);
      case SUBTREE -> source.mailboxes().forEach(name -> below(name, false));
      case SUBTREE_ONE -> source.mailboxes().forEach(name -> below(name, true));
    }
  }

  private void explicit(String name) {
    try {
      add(caller.mailbox(name, Right.READ));
    } catch (MailboxException _) {
      // RFC 7377 §2.2: as if it were not there.
    }
  }

  private void below(String name, boolean oneLevel) {
    explicit(name);
    String prefix = name + MailboxName.SEPARATOR;
    for (NamedMailbox each : listed()) {
      String shown = each.shown();
      if (shown.startsWith(prefix)
          && (!oneLevel || shown.indexOf(MailboxName.SEPARATOR, prefix.length()) < 0)) {
        addListed(each);
      }
    }
  }

  private List<NamedMailbox> listed() {
    List<NamedMailbox> known = listed;
    if (known == null) {
      known = caller.listed();
      listed = known;
    }
    return known;
  }

  private void addListed(NamedMailbox mailbox) {
    if (mailbox.mayAll(Right.READ, Right.LOOKUP)) {
      add(mailbox);
    }
  }

  private void add(NamedMailbox mailbox) {
    mailboxes.putIfAbsent(mailbox.account().id() + " " + mailbox.info().id().value(), mailbox);
  }
}
