package org.posthorn.app.transfer.imap;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Oddity;
import org.posthorn.app.transfer.intake.SourceFolder;
import org.posthorn.imap.wire.MailboxNameText;

/// The mailboxes of an account on another IMAP server. Used by one thread.
final class ImapSource {
  private static final Path NOWHERE = Path.of("");

  private static final String ALL = "\\all";

  /// Views of mail that is elsewhere, and would be there twice.
  private static final Set<String> VIEWS = Set.of(ALL, "\\flagged", "\\important");

  /// Gmail's: what somebody archives is in no mailbox but that of all mail, and labels say in which
  /// others a message of that one is.
  private static final String LABELS = "X-GM-EXT-1";

  private static final Set<String> USES =
      Set.of("\\archive", "\\drafts", "\\junk", "\\sent", "\\trash");

  private final ImapConnection connection;
  private final Oddities oddities;

  /// By the folder itself: two may be alike, as one in modified UTF-7 beside one in plain letters.
  private final IdentityHashMap<SourceFolder, String> wireNames = new IdentityHashMap<>();

  private final Set<String> subscribed = new HashSet<>();
  private final Set<String> labels = new HashSet<>();

  /// By their names there.
  private final Set<String> foreign = new HashSet<>();

  private Optional<SourceFolder> allMail = Optional.empty();
  private Namespaces namespaces = Namespaces.NONE;

  ImapSource(ImapConnection connection, Oddities oddities) {
    this.connection = connection;
    this.oddities = oddities;
  }

  /// What the server calls the mailbox.
  String wireName(SourceFolder folder) {
    return Optional.ofNullable(wireNames.get(folder)).orElseThrow();
  }

  /// Whether it is the user's, and not somebody else's or shared by many.
  boolean isOwn(SourceFolder folder) {
    return !foreign.contains(wireName(folder));
  }

  /// The labels, in lower case, of messages that are in other mailboxes too; none where it does not
  /// matter, as every message of this one is taken.
  Set<String> labelsElsewhere(SourceFolder folder) {
    return allMail.filter(folder::equals).isPresent() ? labels : Set.of();
  }

  /// Mailboxes that can be opened, INBOX first.
  List<SourceFolder> folders() throws IOException {
    if (connection.can("NAMESPACE")) {
      connection.run(
          "NAMESPACE", response -> Namespaces.read(response).ifPresent(read -> namespaces = read));
    }
    connection.run(
        "LSUB \"\" \"*\"",
        response -> {
          if (response.size() >= 5 && ImapResponses.is(response.get(1), "LSUB")) {
            subscribed.add(String.valueOf(response.get(4)));
          }
        });
    var folders = new ArrayList<SourceFolder>();
    boolean extended = connection.can("LIST-EXTENDED") && connection.can("SPECIAL-USE");
    connection.run(
        "LIST \"\" \"*\"" + (extended ? " RETURN (SPECIAL-USE)" : ""),
        response -> {
          if (response.size() >= 5
              && ImapResponses.is(response.get(1), "LIST")
              && response.get(2) instanceof List<?> attributes) {
            folder(attributes, response.get(3), String.valueOf(response.get(4)))
                .ifPresent(folders::add);
          }
        });
    folders.sort(
        Comparator.comparing((SourceFolder folder) -> !folder.path().isEmpty())
            .thenComparing(SourceFolder::name));
    return folders;
  }

  private Optional<SourceFolder> folder(List<?> attributes, Object delimiter, String wireName) {
    List<String> lower =
        attributes.stream().map(a -> String.valueOf(a).toLowerCase(Locale.ROOT)).toList();
    if (lower.contains("\\noselect") || lower.contains("\\nonexistent")) {
      return Optional.empty();
    }
    boolean isAllMail = lower.contains(ALL) && connection.can(LABELS);
    if (!isAllMail && lower.stream().anyMatch(VIEWS::contains)) {
      oddities.add(Oddity.EXCLUDED, wireName + ", which shows what is elsewhere");
      return Optional.empty();
    }
    String use =
        isAllMail ? "\\archive" : lower.stream().filter(USES::contains).findFirst().orElse("");
    var folder =
        new SourceFolder(
            path(wireName, delimiter),
            use.isEmpty() ? "" : "\\" + Character.toUpperCase(use.charAt(1)) + use.substring(2),
            subscribed.contains(wireName),
            NOWHERE,
            0,
            0);
    wireNames.put(folder, wireName);
    if (!namespaces.isOwn(wireName, delimiter)) {
      foreign.add(wireName);
    }
    if (isAllMail) {
      allMail = Optional.of(folder);
    } else {
      labels.addAll(labels(use, wireName));
    }
    return Optional.of(folder);
  }

  /// What messages of a mailbox are labelled with.
  private static List<String> labels(String use, String wireName) {
    return switch (use) {
      case "\\sent" -> List.of(use);
      case "\\drafts" -> List.of(use, "\\draft");
      default ->
          List.of(
              wireName.equalsIgnoreCase("INBOX") ? "\\inbox" : wireName.toLowerCase(Locale.ROOT));
    };
  }

  private List<String> path(String wireName, Object delimiter) {
    if (wireName.equalsIgnoreCase("INBOX")) {
      return List.of();
    }
    String prefix = namespaces.prefix();
    boolean prefixed = !prefix.isEmpty() && wireName.startsWith(prefix);
    String own =
        prefixed && wireName.length() > prefix.length()
            ? wireName.substring(prefix.length())
            : wireName;
    String[] levels =
        ImapResponses.isNil(delimiter) || String.valueOf(delimiter).isEmpty()
            ? new String[] {own}
            : own.split(Pattern.quote(String.valueOf(delimiter)), -1);
    var path = new ArrayList<String>();
    for (String level : levels) {
      path.add(MailboxNameText.decode(level).orElse(level));
    }
    return path;
  }
}
