package org.posthorn.imap.command;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.posthorn.imap.command.ThreadForest.Node;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.SortCriterion;
import org.posthorn.storage.account.ExcerptPage;
import org.posthorn.storage.search.MailSearch;

/// THREAD and UID THREAD (RFC 5256 §3). What is needed of the messages comes from excerpts of the
/// emails, never from their contents. Lives as long as one command.
public final class Threading {
  /// Where a branch ends.
  private static final Node END = new Node(-1);

  /// Which excerpt is the how-manieth that is asked for.
  private static final int DATE = 0;

  private static final int SUBJECT = 1;
  private static final int LINKS = 2;

  private final SelectedMailbox mailbox;
  private final Caller caller;
  private final Results found;
  private final KeyMemory memory;
  private final ExcerptReader excerpts;

  /// Of each message that was found.
  private final long[] sentSeconds;

  private final SortColumn.Texts subjects;
  private final boolean[] replies;

  private Threading(
      SelectedMailbox mailbox,
      Caller caller,
      Collation collation,
      Results found,
      KeyMemory memory) {
    this.mailbox = mailbox;
    this.caller = caller;
    this.found = found;
    this.memory = memory;
    int size = found.size();
    memory.take((120L + SortColumn.Texts.TEXT_BYTES) * size);
    this.excerpts =
        new ExcerptReader(
            mailbox,
            List.of(
                SentDate.EXCERPT,
                new SortText(SortCriterion.Key.SUBJECT, collation),
                ThreadLinks.EXCERPT));
    this.sentSeconds = new long[size];
    this.subjects = new SortColumn.Texts(size);
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
                new Threading(mailbox, caller, caller.order().collation(), found, memory);
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
            ThreadForest linked = ThreadForest.of(links(), sentSeconds, true);
            linked.sortRoots();
            new SubjectMerge(linked, new Subjects()).merge();
            linked.sortAll();
            linked.sortRoots();
            yield linked;
          }
          case REFS -> {
            ThreadForest linked = ThreadForest.of(links(), sentSeconds, false);
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
      return subjects.text(place);
    }

    @Override
    public boolean isReply(int place) {
      return replies[place];
    }
  }

  /// Walks over the excerpts; dates and subjects are read in any case.
  private void readAll(LinkReading reading) {
    int size = found.size();
    int to = size == 0 ? 0 : found.index(size - 1) + 1;
    for (int place = 0; place < size; place++) {
      int index = found.index(place);
      long emailId = excerpts.emailId(index);
      long internal = mailbox.viewOf(index).internalMillis(mailbox.indexIn(index));
      sentSeconds[place] = SentDate.seconds(excerpts.page(DATE, index, to), emailId, internal);
      memory.take(subjects.set(place, excerpts.page(SUBJECT, index, to), emailId));
      reading.read(place, excerpts.page(LINKS, index, to), emailId);
    }
  }

  private interface LinkReading {
    void read(int place, ExcerptPage page, long emailId);
  }

  private ReferenceLinks links() {
    var links = new ReferenceLinks(found.size(), memory);
    long[][] ancestors = new long[found.size()][];
    readAll((place, page, emailId) -> {
      links.name(place, ThreadLinks.own(page, emailId));
      ancestors[place] = ThreadLinks.ancestors(page, emailId);
      memory.take(16L + 8L * ancestors[place].length);
      replies[place] = ThreadLinks.isReply(page, emailId);
    });
    for (int place = 0; place < ancestors.length; place++) {
      links.link(place, ancestors[place]);
    }
    return links;
  }

  /// ORDEREDSUBJECT: the first message with a subject, and all others with it as its children.
  private ThreadForest bySubject() {
    readAll((_, _, _) -> {});
    int[] places =
        StableSort.sorted(
            found.size(),
            (one, other) -> {
              int bySubject = subjects.compare(one, other);
              return bySubject != 0
                  ? bySubject
                  : Long.compare(sentSeconds[one], sentSeconds[other]);
            });
    var forest = new ThreadForest(sentSeconds);
    Node root = new Node(-1);
    for (int place : places) {
      if (root.isMessage() && subjects.compare(root.place, place) == 0) {
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
