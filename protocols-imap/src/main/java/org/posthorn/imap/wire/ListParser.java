package org.posthorn.imap.wire;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.posthorn.imap.wire.ImapCommand.ListOption;
import org.posthorn.imap.wire.ImapCommand.StatusItem;

/// LIST with all its options (RFC 3501 §9 `list`, RFC 5258 §6, RFC 5819 §4), LSUB, and what STATUS
/// asks for.
final class ListParser {
  private static final int PATTERNS_MAX = 50;

  private final Tokens tokens;
  private final MetadataParser metadata;

  ListParser(Tokens tokens, MetadataParser metadata) {
    this.tokens = tokens;
    this.metadata = metadata;
  }

  ImapCommand.ListMailboxes list() throws IOException, ImapSyntaxException {
    tokens.space();
    Set<ListOption> selecting = EnumSet.noneOf(ListOption.class);
    boolean extended = tokens.peek() == '(';
    if (extended) {
      selecting = selectionOptions();
      tokens.space();
    }
    String reference = tokens.mailbox();
    tokens.space();
    extended |= tokens.peek() == '(';
    List<String> patterns = patterns();
    Set<ListOption> returning = EnumSet.noneOf(ListOption.class);
    Set<StatusItem> items = EnumSet.noneOf(StatusItem.class);
    List<String> entries = new ArrayList<>();
    if (tokens.accept(' ')) {
      extended = true;
      returnOptions(returning, items, entries);
    }
    return new ImapCommand.ListMailboxes(
        reference, patterns, selecting, returning, items, entries, extended);
  }

  ImapCommand.Lsub lsub() throws IOException, ImapSyntaxException {
    tokens.space();
    String reference = tokens.mailbox();
    tokens.space();
    return new ImapCommand.Lsub(reference, tokens.listMailbox());
  }

  Set<StatusItem> statusItems() throws IOException, ImapSyntaxException {
    Set<StatusItem> items = EnumSet.noneOf(StatusItem.class);
    tokens.expect('(');
    do {
      items.add(statusItem());
    } while (tokens.accept(' '));
    tokens.expect(')');
    return items;
  }

  private StatusItem statusItem() throws IOException, ImapSyntaxException {
    String name = tokens.keyword();
    for (StatusItem item : StatusItem.values()) {
      if (item.text().equals(name)) {
        return item;
      }
    }
    throw new ImapSyntaxException("Unknown item of status");
  }

  private List<String> patterns() throws IOException, ImapSyntaxException {
    if (!tokens.accept('(')) {
      return List.of(tokens.listMailbox());
    }
    List<String> patterns = new ArrayList<>();
    do {
      patterns.add(tokens.listMailbox());
      ImapParser.limit(patterns.size(), PATTERNS_MAX);
    } while (tokens.accept(' '));
    tokens.expect(')');
    return patterns;
  }

  private Set<ListOption> selectionOptions() throws IOException, ImapSyntaxException {
    Set<ListOption> options = EnumSet.noneOf(ListOption.class);
    tokens.expect('(');
    if (tokens.accept(')')) {
      return options;
    }
    do {
      options.add(
          switch (tokens.keyword()) {
            case "SUBSCRIBED" -> ListOption.SUBSCRIBED;
            case "REMOTE" -> ListOption.REMOTE;
            case "RECURSIVEMATCH" -> ListOption.RECURSIVEMATCH;
            case "SPECIAL-USE" -> ListOption.SPECIAL_USE;
            default -> throw new ImapSyntaxException("Unknown selection option");
          });
    } while (tokens.accept(' '));
    tokens.expect(')');
    boolean selects =
        options.contains(ListOption.SUBSCRIBED) || options.contains(ListOption.SPECIAL_USE);
    if (options.contains(ListOption.RECURSIVEMATCH) && !selects) {
      throw new ImapSyntaxException("RECURSIVEMATCH needs another option to match");
    }
    return options;
  }

  private void returnOptions(Set<ListOption> options, Set<StatusItem> items, List<String> entries)
      throws IOException, ImapSyntaxException {
    if (!tokens.keyword().equals("RETURN")) {
      throw new ImapSyntaxException("Expected RETURN");
    }
    tokens.space();
    tokens.expect('(');
    if (tokens.accept(')')) {
      return;
    }
    do {
      options.add(
          switch (tokens.keyword()) {
            case "SUBSCRIBED" -> ListOption.SUBSCRIBED;
            case "CHILDREN" -> ListOption.CHILDREN;
            case "SPECIAL-USE" -> ListOption.SPECIAL_USE;
            case "MYRIGHTS" -> ListOption.MYRIGHTS;
            case "METADATA" -> {
              tokens.space();
              entries.addAll(metadata.entries());
              yield ListOption.METADATA;
            }
            case "STATUS" -> {
              tokens.space();
              items.addAll(statusItems());
              yield ListOption.STATUS;
            }
            default -> throw new ImapSyntaxException("Unknown return option");
          });
    } while (tokens.accept(' '));
    tokens.expect(')');
  }
}
