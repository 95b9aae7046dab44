package org.posthorn.app.transfer.intake;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.posthorn.app.transfer.frame.SourceKeys;
import org.posthorn.storage.account.MailboxName;

/// Which mailbox each folder of another program becomes: the same name as far as it can be one
/// here, no two the same, and special uses by what the folder says of itself or by the usual names.
public final class TargetNames {
  private static final int CUT_BYTES = 200;

  /// Usual names for each use, those that say it best first.
  private static final Map<String, List<String>> USUAL =
      Map.of(
          "\\Sent",
          List.of(
              "sent",
              "[gmail]/sent mail",
              "[google mail]/sent mail",
              "sent items",
              "sent messages",
              "sent mail",
              "sent-mail",
              "gesendet",
              "gesendete elemente",
              "gesendete objekte",
              "envoyés",
              "éléments envoyés",
              "enviados",
              "elementos enviados",
              "inviata",
              "posta inviata",
              "verzonden",
              "verzonden items"),
          "\\Trash",
          List.of(
              "trash",
              "[gmail]/trash",
              "[gmail]/bin",
              "[google mail]/trash",
              "[google mail]/bin",
              "deleted items",
              "deleted messages",
              "bin",
              "papierkorb",
              "gelöschte elemente",
              "gelöschte objekte",
              "corbeille",
              "éléments supprimés",
              "papelera",
              "elementos eliminados",
              "cestino",
              "prullenbak"),
          "\\Drafts",
          List.of(
              "drafts",
              "[gmail]/drafts",
              "[google mail]/drafts",
              "draft",
              "entwürfe",
              "brouillons",
              "borradores",
              "bozze",
              "concepten"),
          "\\Junk",
          List.of(
              "junk",
              "spam",
              "[gmail]/spam",
              "[google mail]/spam",
              "junk e-mail",
              "junk email",
              "junk mail",
              "junk-e-mail",
              "bulk mail",
              "unerwünscht",
              "indésirables",
              "courrier indésirable",
              "correo no deseado",
              "posta indesiderata",
              "ongewenste e-mail"),
          "\\Archive",
          List.of(
              "archive",
              "archives",
              "archiv",
              "archivo",
              "archivio",
              "archief",
              "[gmail]/all mail",
              "[google mail]/all mail"));

  /// One folder's place: `keepName` when its user knows it by this name.
  public record Target(SourceFolder folder, String name, String use, boolean keepName) {}

  private final Optional<String> into;
  private final Oddities oddities;
  private final Set<String> taken = new HashSet<>();

  /// `into`: all goes below this mailbox, INBOX becomes it, and no use is given.
  public TargetNames(Optional<String> into, Oddities oddities) {
    this.into = into;
    this.oddities = oddities;
  }

  public List<Target> of(List<SourceFolder> folders) {
    Map<String, SourceFolder> byUse = into.isPresent() ? Map.of() : uses(folders);
    var targets = new ArrayList<Target>();
    for (SourceFolder folder : folders) {
      String name = name(folder);
      String use =
          byUse.entrySet().stream()
              .filter(entry -> entry.getValue().equals(folder))
              .map(Map.Entry::getKey)
              .findFirst()
              .orElse("");
      boolean keepName = !folder.use().isEmpty() && usualRank(folder, folder.use()) < 0;
      targets.add(new Target(folder, name, use, keepName));
    }
    return targets;
  }

  private static Map<String, SourceFolder> uses(List<SourceFolder> folders) {
    var uses = new java.util.HashMap<String, SourceFolder>();
    for (String use : USUAL.keySet()) {
      SourceFolder best = null;
      int bestRank = Integer.MAX_VALUE;
      for (SourceFolder folder : folders) {
        int rank = rank(folder, use);
        if (rank >= 0 && rank < bestRank) {
          best = folder;
          bestRank = rank;
        }
      }
      if (best != null) {
        uses.put(use, best);
      }
    }
    return uses;
  }

  /// 0: it says so itself; -1: it is not for this use.
  private static int rank(SourceFolder folder, String use) {
    if (!folder.use().isEmpty()) {
      return folder.use().equalsIgnoreCase(use) ? 0 : -1;
    }
    int usual = usualRank(folder, use);
    return usual < 0 ? -1 : usual + 1;
  }

  private static int usualRank(SourceFolder folder, String use) {
    return USUAL.getOrDefault(use, List.of()).indexOf(folder.name().toLowerCase(Locale.ROOT));
  }

  private String name(SourceFolder folder) {
    var levels = new ArrayList<String>();
    into.ifPresent(base -> levels.addAll(List.of(base.split("/", -1))));
    boolean inbox =
        folder.path().isEmpty()
            || (folder.path().size() == 1 && folder.path().getFirst().equalsIgnoreCase("INBOX"));
    if (!inbox) {
      folder.path().forEach(levels::add);
    } else if (into.isEmpty()) {
      levels.add("INBOX");
    }
    String wished = String.join("/", levels);
    String name = unique(legal(levels));
    if (!name.equals(wished) && !name.equalsIgnoreCase("INBOX")) {
      oddities.add(Oddity.NAME_CHANGED, folder.name() + " → " + name);
    }
    return name;
  }

  private static String legal(List<String> levels) {
    var good = new ArrayList<String>();
    for (String level : levels) {
      String clean = clean(level);
      if (!clean.isEmpty()) {
        good.add(clean);
      }
    }
    if (good.isEmpty()) {
      good.add("_");
    }
    while (good.size() > MailboxName.DEPTH_MAX) {
      String last = good.removeLast();
      good.set(good.size() - 1, clean(good.getLast() + "_" + last));
    }
    return new MailboxName(String.join("/", good)).value();
  }

  private static String clean(String level) {
    var clean = new StringBuilder();
    level
        .codePoints()
        .map(c ->
            Character.isISOControl(c)
                    || c == MailboxName.SEPARATOR
                    || c == 0x2028
                    || c == 0x2029
                    || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)
                    || c == 0xFFFE
                    || c == 0xFFFF
                ? '_'
                : c)
        .forEach(clean::appendCodePoint);
    if (clean.chars().allMatch(c -> c == '.') && clean.length() <= 2) {
      clean.replace(0, clean.length(), "_".repeat(clean.length()));
    }
    String text = clean.toString();
    if (text.getBytes(StandardCharsets.UTF_8).length <= MailboxName.COMPONENT_MAX_BYTES) {
      return text;
    }
    String end = "~" + Long.toHexString(SourceKeys.source(text));
    while (text.getBytes(StandardCharsets.UTF_8).length > CUT_BYTES) {
      text = text.substring(0, text.offsetByCodePoints(text.length(), -1));
    }
    return text + end;
  }

  private String unique(String name) {
    String candidate = name;
    for (int i = 2; !taken.add(candidate); i++) {
      candidate = name + " (" + i + ")";
    }
    return candidate;
  }
}
