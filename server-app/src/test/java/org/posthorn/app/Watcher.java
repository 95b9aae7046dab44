package org.posthorn.app;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.posthorn.app.AccountFacts.Place;
import org.posthorn.app.AccountThere.MessageThere;

/// A mail program that only looks: what it was shown must have been durable, so after a crash no
/// message is older than it was seen, and one that is as old has the flags that were seen.
final class Watcher {
  private final Map<Place, MessageThere> seen = new HashMap<>();

  void watchUntilTheEnd(ServerProcess server, String user) {
    try (WireClient imap = server.imap(user)) {
      String status = AccountThere.status(imap, "INBOX", "UIDVALIDITY");
      long inbox = AccountThere.number(status, "UIDVALIDITY");
      long modSeq = 1;
      while (true) {
        for (String line :
            imap.imap("UID FETCH 1:* (UID FLAGS MODSEQ) (CHANGEDSINCE %d)".formatted(modSeq))) {
          if (line.contains(" FETCH (") && line.contains("UID ") && line.contains("MODSEQ")) {
            var message =
                new MessageThere(0, AccountThere.flags(line), AccountThere.modSeq(line), 0);
            saw(new Place(inbox, AccountThere.uid(line)), message);
            modSeq = Math.max(modSeq, message.modSeq());
          }
        }
      }
    } catch (IOException _) {
      // It was killed.
    }
  }

  void saw(Place place, MessageThere message) {
    seen.put(place, message);
  }

  List<String> judge(AccountThere there) {
    List<String> complaints = new ArrayList<>();
    there
        .mailboxes()
        .values()
        .forEach(mailbox ->
            mailbox
                .messages()
                .forEach((uid, is) -> {
                  MessageThere was = seen.get(new Place(mailbox.uidValidity(), uid));
                  if (was != null && (is.modSeq() < was.modSeq() || differs(is, was))) {
                    complaints.add("UID %d was seen as %s, is %s".formatted(uid, was, is));
                  }
                }));
    seen.clear();
    return complaints;
  }

  int seenCount() {
    return seen.size();
  }

  private static boolean differs(MessageThere is, MessageThere was) {
    Set<String> flags = was.flags();
    return is.modSeq() == was.modSeq() && !is.flags().equals(flags);
  }
}
