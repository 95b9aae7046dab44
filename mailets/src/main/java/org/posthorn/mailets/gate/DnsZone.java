package org.posthorn.mailets.gate;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.posthorn.mailet.ParameterException;

/// A list in the DNS (RFC 5782), what being on it weighs, and which answers count: each of the four
/// numbers of an answer between a least and a most. `text` is how the operator has written it.
record DnsZone(String name, List<Range> answers, int weight, String text) {
  private static final String RANGE = "\\*|\\d{1,3}(-\\d{1,3})?";

  /// Numbers from `least` to `most`.
  record Range(int least, int most) {
    boolean contains(int number) {
      return number >= least && number <= most;
    }

    static Range of(String text) {
      if (text.equals("*")) {
        return new Range(0, 255);
      }
      String[] ends = text.split("-", 2);
      return new Range(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]));
    }

    /// Whether a number of an address can be in it.
    boolean isPossible() {
      return least <= most && most <= 255;
    }
  }

  DnsZone {
    answers = List.copyOf(answers);
  }

  /// Such as `zen.spamhaus.org`, or `list.dnswl.org=127.0.*.2-3`.
  static DnsZone of(String text, int weight) {
    String[] sides = text.split("=", 2);
    String name = sides[0].strip().replaceFirst("\\.$", "");
    if (!name.matches("[A-Za-z0-9_-]{1,63}(\\.[A-Za-z0-9_-]{1,63})*")) {
      throw new ParameterException("'%s' in 'zones' is no name in the DNS".formatted(text));
    }
    List<Range> answers = new ArrayList<>();
    if (sides.length > 1) {
      for (String number : sides[1].strip().split("\\.", -1)) {
        if (!number.matches(RANGE)) {
          answers.clear();
          break;
        }
        answers.add(Range.of(number));
      }
      if (answers.size() != 4
          || !answers.stream().allMatch(Range::isPossible)
          || !answers.getFirst().contains(127)) {
        throw new ParameterException(
            "the answers of '%s' in 'zones' should be such as 127.0.0.2-11 or 127.0.*.3"
                .formatted(text));
      }
    }
    return new DnsZone(name, answers, weight, text);
  }

  /// RFC 5782 §2.1: an answer in 127/8. 127.0.0.1 is the list itself; 127.255.255.x and 127.0.1.255
  /// say that we may not ask, or not so.
  boolean isOnList(InetAddress answer) {
    byte[] bytes = answer.getAddress();
    boolean mayNotAsk =
        (bytes[1] == -1 && bytes[2] == -1) || (bytes[1] == 0 && bytes[2] == 1 && bytes[3] == -1);
    boolean itself = bytes[1] == 0 && bytes[2] == 0 && bytes[3] == 1;
    if (bytes[0] != 127 || mayNotAsk || itself) {
      return false;
    }
    for (int i = 0; i < answers.size(); i++) {
      if (!answers.get(i).contains(bytes[i] & 0xff)) {
        return false;
      }
    }
    return true;
  }
}
