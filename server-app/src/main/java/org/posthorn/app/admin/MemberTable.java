package org.posthorn.app.admin;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.directory.ListBook;
import org.posthorn.storage.directory.ListBook.NewMember;
import org.posthorn.storage.directory.ListMember;

/// Members of a list as a table has them: address, name and state, of which the address is enough.
/// A line that cannot be taken does not keep the others.
record MemberTable(List<NewMember> members, List<Problem> problems) {
  /// What the first line begins with where it names the columns. Anything else there is a member
  /// like those below, maybe one with a slip in the address.
  private static final Set<String> TITLES = Set.of("address", "email", "e-mail", "mail");

  private static final int COLUMNS = 3;

  /// As that of a user.
  private static final int NAME_MAX = 200;

  record Problem(int line, String problem) {}

  static MemberTable read(String text, ListBook lists) {
    List<Csv.Row> rows = Csv.rows(text);
    var table = new MemberTable(new ArrayList<>(), new ArrayList<>());
    for (Csv.Row row : rows.subList(isTitled(rows) ? 1 : 0, rows.size())) {
      try {
        table.members.add(member(row, lists));
      } catch (Declined why) {
        table.problems.add(new Problem(row.line(), String.valueOf(why.getMessage())));
      }
    }
    return table;
  }

  private static boolean isTitled(List<Csv.Row> rows) {
    if (rows.isEmpty()) {
      return false;
    }
    try {
      return TITLES.contains(rows.getFirst().cells().getFirst().strip().toLowerCase(Locale.ROOT));
    } catch (Declined _) {
      return false;
    }
  }

  private static NewMember member(Csv.Row row, ListBook lists) {
    List<String> cells = row.cells().stream().map(String::strip).toList();
    String first = cells.getFirst();
    MailAddress address =
        MailAddress.parse(first)
            .orElseThrow(() -> Declined.badRequest("\"" + first + "\" is not an address"));
    if (cells.stream().skip(COLUMNS).anyMatch(cell -> !cell.isEmpty())) {
      throw Declined.badRequest(
          "more than an address, a name and a state; a name with a comma stands in quotes");
    }
    if (lists.isOfList(address)) {
      throw Declined.badRequest(
          address + " is an address of a list, and lists take no mail of lists");
    }
    String name = cells.size() > 1 ? cells.get(1) : "";
    checkName(name);
    return new NewMember(address, name, state(cells.size() > 2 ? cells.get(2) : ""));
  }

  private static ListMember.State state(String word) {
    if (word.isEmpty()) {
      return ListMember.State.ACTIVE;
    }
    return Arrays.stream(ListMember.State.values())
        .filter(state -> ListRoutes.word(state).equals(word.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() ->
            Declined.badRequest(
                Arrays.stream(ListMember.State.values())
                    .map(ListRoutes::word)
                    .collect(Collectors.joining(", ", "\"" + word + "\" is none of ", ""))));
  }

  static void checkName(String text) {
    if (text.length() > NAME_MAX || text.chars().anyMatch(Character::isISOControl)) {
      throw Declined.badRequest(
          "A name has at most %d characters, and no line breaks or other control characters"
              .formatted(NAME_MAX));
    }
  }
}
