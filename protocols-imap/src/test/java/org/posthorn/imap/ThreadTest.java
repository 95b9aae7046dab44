package org.posthorn.imap;

import org.junit.jupiter.api.Test;

/// RFC 5256 §3 BASE.6.4.THREAD.
class ThreadTest {
  /// `day`: of March 2026, on which it was sent.
  private static void letter(
      ImapHouse house, int day, String id, String subject, String references) {
    house.append(
        "INBOX",
        "Date: %d Mar 2026 10:00:00 +0000\r\nMessage-ID: %s\r\nSubject: %s\r\n%s\r\nx\r\n"
            .formatted(day, id, subject, references));
  }

  private static void bySubject(ImapHouse house) {
    letter(house, 3, "<1@x>", "Re: lunch", "");
    letter(house, 1, "<2@x>", "lunch", "");
    letter(house, 2, "<3@x>", "dinner", "");
    letter(house, 5, "<4@x>", "RE: Lunch", "");
    letter(house, 6, "<5@x>", "Fwd: dinner", "");
    letter(house, 4, "<6@x>", "breakfast", "");
  }

  @Test
  void makesThreadsOfSubjects() {
    Talk.selected(
        ThreadTest::bySubject,
        """
        C: a THREAD ORDEREDSUBJECT UTF-8 ALL
        S: * THREAD (2 (1)(4))(3 5)(6)
        S: a OK Made threads
        C: b UID THREAD ORDEREDSUBJECT US-ASCII ANSWERED
        S: * THREAD
        S: b OK Made threads
        C: c UID THREAD ORDEREDSUBJECT US-ASCII 1:3
        S: * THREAD (2 1)(3)
        S: c OK Made threads
        """);
  }

  private static void answers(ImapHouse house) {
    letter(house, 1, "<a@x>", "start", "");
    letter(house, 2, "<b@x>", "Re: start", "In-Reply-To: <a@x>\r\n");
    letter(house, 4, "<c@x>", "Re: start", "References: <a@x> <b@x>\r\n");
    letter(house, 3, "<d@x>", "Re: start", "References: <a@x>\r\n <\"b\"@x>\r\n");
    letter(house, 5, "<e@x>", "lost", "References: <gone@x>\r\n");
    letter(house, 6, "<f@x>", "lost too", "References: <gone@x>\r\n");
    letter(house, 7, "<g@x>", "alone", "References: <away@x>\r\n");
    letter(house, 8, "<a@x>", "same id", "");
    letter(house, 9, "nonsense", "no id", "References: <e@x>\r\n");
    letter(house, 10, "<h@x>", "Re: alone", "");
  }

  @Test
  void makesThreadsOfAnswers() {
    Talk.selected(
        ThreadTest::answers,
        """
        C: a THREAD REFERENCES UTF-8 ALL
        S: * THREAD (1 2 (4)(3))((5 9)(6))(7 10)(8)
        S: a OK Made threads
        C: b UID THREAD REFERENCES UTF-8 2:4
        S: * THREAD ((2 4)(3))
        S: b OK Made threads
        C: c THREAD REFS UTF-8 ALL
        S: * THREAD (1 2 (4)(3))(7)(8)((5 9)(6))(10)
        S: c OK Made threads
        """
            .replace("S: * THREAD ((2 4)(3))", "S: * THREAD (2 (4)(3))"));
  }

  /// The links are made in the order of References, whatever In-Reply-To says, and In-Reply-To
  /// counts only where there are none.
  private static void orders(ImapHouse house) {
    letter(house, 1, "<a@x>", "1", "");
    letter(house, 2, "<e@x>", "2", "In-Reply-To: <b@x>\r\nReferences: <a@x> <b@x> <c@x>\r\n");
    letter(house, 3, "<c@x>", "3", "");
    letter(house, 4, "<f@x>", "4", "In-Reply-To: <c@x> <a@x>\r\nReferences: nonsense\r\n");
    letter(house, 5, "<b@x>", "5", "");
  }

  @Test
  void linksInTheOrderOfReferences() {
    Talk.selected(
        ThreadTest::orders,
        """
        C: a THREAD REFS UTF-8 ALL
        S: * THREAD (1)(3 (2)(4))(5)
        S: a OK Made threads
        C: b THREAD REFERENCES UTF-8 1:4
        S: * THREAD (1)(3 (2)(4))
        S: b OK Made threads
        """);
  }

  private static void subjects(ImapHouse house) {
    letter(house, 1, "<a@x>", "Re: one", "");
    letter(house, 2, "<b@x>", "one", "");
    letter(house, 3, "<c@x>", "two", "");
    letter(house, 4, "<d@x>", "two", "");
    letter(house, 5, "<e@x>", "two", "");
    letter(house, 6, "<f@x>", "", "");
    letter(house, 7, "<g@x>", "", "");
    letter(house, 8, "<h@x>", "three", "References: <gone@x>\r\n");
    letter(house, 9, "<i@x>", "x", "References: <gone@x>\r\n");
    letter(house, 10, "<j@x>", "Three", "References: <away@x>\r\n");
    letter(house, 11, "<k@x>", "y", "References: <away@x>\r\n");
    letter(house, 12, "<l@x>", "three", "");
  }

  /// Step 5 of REFERENCES.
  @Test
  void joinsThreadsOfTheSameSubject() {
    Talk.selected(
        ThreadTest::subjects,
        """
        C: a THREAD REFERENCES UTF-8 ALL
        S: * THREAD (2 1)((3)(4)(5))(6)(7)((8)(9)(10)(11)(12))
        S: a OK Made threads
        """);
  }

  private static void circle(ImapHouse house) {
    letter(house, 1, "<a@x>", "1", "References: <b@x> <c@x>\r\n");
    letter(house, 2, "<b@x>", "2", "References: <a@x> <c@x>\r\n");
    letter(house, 3, "<c@x>", "3", "References: <a@x> <b@x>\r\n");
    letter(house, 4, "<d@x>", "4", "References: <d@x>\r\n");
    letter(house, 5, "<e@x>", "5", "In-Reply-To: your mail of <Monday\r\n");
  }

  @Test
  void makesNoCircles() {
    Talk.selected(
        ThreadTest::circle,
        """
        C: a THREAD REFERENCES UTF-8 ALL
        S: ~\\* THREAD [^ ].*
        S: a OK Made threads
        """
            .replace("S: ~\\\\* THREAD [^ ].*", "S: ~\\\\* THREAD \\\\(.*\\\\)"));
  }

  @Test
  void makesThreadsDeeperThanAnyStack() {
    try (var house = new ImapHouse()) {
      var expected = new StringBuilder();
      for (int i = 1; i <= 3_000; i++) {
        letter(house, 1, "<" + i + "@x>", "s" + i, "In-Reply-To: <" + (i - 1) + "@x>\r\n");
        expected.append(i == 1 ? "" : " ").append(i);
      }
      Talk.play(
          house,
          8192,
          "S: ~.* Posthorn is here\n"
              + Talk.login("")
              + Talk.select("")
              + "C: a THREAD REFERENCES UTF-8 ALL\n"
              + "S: * THREAD (%s)\nS: a OK Made threads\n".formatted(expected));
    }
  }
}
