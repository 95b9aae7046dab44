package org.posthorn.imap.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.posthorn.imap.command.ThreadForest.Node;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.search.MailSearch;

/// THREAD and UID THREAD (RFC 5256 §3). What is needed of the messages comes from one walk over the
/// stored emails, never from their contents. Lives as long as one command.
public final class Threading {
  /// Where a branch ends.
  private static final Node END = new Node(-1);

  private final SelectedMailbox mailbox;
  private final Caller caller;
  private final Collation collation;
  private final Results found;
  private final KeyMemory memory;

  /// Of each message that was found.
  private final long[] sentSeconds;

  private final String[] subjects;
  private final boolean[] replies;

  private Threading(
      SelectedMailbox mailbox,
      Caller caller,
      Collation collation,
      Results found,
      KeyMemory memory) {
    this.mailbox = mailbox;
    this.caller = caller;
    this.collation = collation;
    this.found = found;
    this.memory = memory;
    int size = found.size();
    memory.take(120L * size);
    this.sentSeconds = new long[size];
    this.subjects = new String[size];
    this.replies = new boolean[size];
  }

  public static ImapAnswer run(
      String tag,
      ImapCommand.Threads command,
      SelectedMailbox mailbox,
      Caller caller,
      MailSearch index)
      throws IOException {
    var query = new Query(mailbox, caller, index, new Progress(tag, caller.writer()));
    return query.run(
        command.program(),
        Optional.empty(),
        command.byUid(),
        found -> {
          try (var memory = new KeyMemory()) {
            var threading =
                new Threading(mailbox, caller, Collation.UNICODE_CASEMAP, found, memory);
            threading.tell(threading.threads(command.algorithm()));
          }
          return ImapAnswer.ok("Made threads");
        });
  }

  private List<Node> threads(ImapCommand.ThreadAlgorithm algorithm) {
    ThreadForest forest =
        switch (algorithm) {
          case ORDEREDSUBJECT -> bySubject();
          case REFERENCES -> {
            ThreadForest linked = ThreadForest.of(links(true), sentSeconds, true);
            linked.sortRoots();
            new SubjectMerge(linked, new Subjects()).merge();
            linked.sortAll();
            linked.sortRoots();
            yield linked;
          }
          case REFS -> {
            ThreadForest linked = ThreadForest.of(links(false), sentSeconds, false);
            linked.sortAll();
            linked.sortRootsByLatest();
            yield linked;
          }
        };
    return forest.roots();
  }

  private final class Subjects implements SubjectMerge.Subjects {
    @Override
    public String key(int place) {
      return subjects[place];
    }

    @Override
    public boolean isReply(int place) {
      return replies[place];
    }
  }

  private interface Reading {
    void read(int place, Optional<Email> email);
  }

  /// Walks over the emails; the dates are read in any case.
  private void readAll(Reading reading) {
    var emails = new EmailCursor(mailbox, mailbox.account());
    for (int place = 0; place < found.size(); place++) {
      int index = found.index(place);
      Optional<Email> email = emails.at(index);
      long internal = mailbox.viewOf(index).internalMillis(mailbox.indexIn(index));
      sentSeconds[place] = SortKeys.sentSeconds(email, Math.floorDiv(internal, 1000L));
      reading.read(place, email);
    }
  }

  private void readSubject(int place, Optional<Email> email) {
    BaseSubject subject =
        email
            .flatMap(it -> it.structure().envelope().subject())
            .map(BaseSubject::of)
            .orElse(BaseSubject.NONE);
    // One character for each byte: it is only compared.
    String key = new String(collation.key(subject.text()), StandardCharsets.ISO_8859_1);
    memory.take(key.length());
    subjects[place] = key;
    replies[place] = subject.isReply();
  }

  private ReferenceLinks links(boolean withSubjects) {
    var links = new ReferenceLinks(found.size(), memory);
    List<List<String>> ancestors = new ArrayList<>(found.size());
    readAll((place, email) -> {
      Optional<MessageStructure> structure = email.map(Email::structure);
      links.name(place, structure.flatMap(MessageIds::own));
      List<String> ids = structure.map(MessageIds::ancestors).orElse(List.of());
      ids.forEach(id -> memory.take(60L + id.length()));
      ancestors.add(ids);
      if (withSubjects) {
        readSubject(place, email);
      }
    });
    for (int place = 0; place < found.size(); place++) {
      links.link(place, ancestors.get(place));
    }
    return links;
  }

  /// ORDEREDSUBJECT: the first message with a subject, and all others with it as its children.
  private ThreadForest bySubject() {
    readAll(this::readSubject);
    Integer[] places = new Integer[found.size()];
    Arrays.setAll(places, place -> place);
    Arrays.sort(
        places,
        (one, other) -> {
          int bySubject = subjects[one].compareTo(subjects[other]);
          return bySubject != 0 ? bySubject : Long.compare(sentSeconds[one], sentSeconds[other]);
        });
    var forest = new ThreadForest(sentSeconds);
    Node root = new Node(-1);
    for (int place : places) {
      if (root.isMessage() && subjects[root.place].equals(subjects[place])) {
        root.add(new Node(place));
      } else {
        root = new Node(place);
        forest.roots().add(root);
      }
    }
    forest.sortRoots();
    return forest;
  }

  /// RFC 5256 §5 `thread-data`. Threads may be deeper than any stack of calls.
  private void tell(List<Node> roots) throws IOException {
    ImapWriter writer = caller.writer();
    writer.text("* THREAD");
    if (!roots.isEmpty()) {
      writer.raw(' ');
    }
    for (Node root : roots) {
      tellThread(root, writer);
    }
    writer.endLine();
  }

  private void tellThread(Node root, ImapWriter writer) {
    Deque<Node> left = new ArrayDeque<>(List.of(root));
    while (!left.isEmpty()) {
      Node node = left.pop();
      if (isEnd(node)) {
        writer.raw(')');
      } else {
        tellBranch(node, left, writer);
      }
    }
  }

  /// A message with those below it as far as each is the only one; then come the branches, each in
  /// parentheses of its own, and the end.
  private void tellBranch(Node node, Deque<Node> left, ImapWriter writer) {
    writer.raw('(');
    Node at = node;
    while (true) {
      if (at.isMessage()) {
        writer.number(found.name(found.index(at.place)));
        writer.text(at.children().isEmpty() ? "" : " ");
      }
      if (at.children().size() != 1) {
        break;
      }
      at = at.children().getFirst();
    }
    left.push(END);
    at.children().reversed().forEach(left::push);
  }

  @SuppressWarnings("ReferenceEquality") // It is not like any other.
  private static boolean isEnd(Node node) {
    return node == END;
  }
}
