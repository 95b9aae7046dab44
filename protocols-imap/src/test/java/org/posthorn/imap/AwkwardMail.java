package org.posthorn.imap;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Messages as they should not be, one character for each byte: written by hand, and made at random
/// of what breaks programs.
final class AwkwardMail {
  private static final List<String> BY_HAND =
      List.of(
          "x",
          "\r\n",
          "\n",
          "\r",
          "\r\n\r\n",
          "no header at all",
          "Subject: no body",
          "Subject: no body\r\n",
          "Subject: bare LF\nFrom: a@b.example\n\nbody\n",
          "Subject: bare CR\rFrom: a@b.example\r\rbody\r",
          "Subject: mixed\r\nFrom: a@b.example\n\r\nbody\r\r\n",
          " folded first line\r\nSubject: x\r\n\r\n",
          "Subject\r\nFrom a@b\r\n\r\nlines without colons",
          ": no name\r\n\r\n",
          "Subject:\r\n \r\n \r\n\t\r\nFrom: x\r\n\r\nfolded nothing",
          "Subject: \u00e4\u00f6\u00fc\u00ff latin\r\n\r\n",
          "Subject: \u00c3\u00a4 utf\r\nFrom: \u00c3\u00a4@\u00c3\u00b6.example\r\n\r\n",
          "Subject: =?utf-8?Q?broken\r\n\r\n",
          "Subject: =?nowhere?B?////?= =?utf-8?X?a?= =?=?=?=\r\n\r\n",
          "Subject: \"quote \\ and \"\r\n\r\n",
          "Subject: nul \0 inside\r\n\r\nnul \0 body",
          "From: <>\r\nTo: <\r\nCc: >\r\nBcc: ,,,;;\r\nSender: @@\r\nReply-To: a@b@c\r\n\r\n",
          "From: (((((\r\nTo: \"\"\"\"\r\nCc: group: a, b; c: ; d\r\nBcc: <@a,@b:c@d>\r\n\r\n",
          "From: a b c d\r\nTo: undisclosed-recipients:;\r\nDate: never\r\nMessage-ID: none\r\n\r\n",
          "To: a@b\r\nTo: \r\nto : \"c\r\nTO: d@e (\r\nTo: f: g@h\r\nTo: i@j\r\nFrom: a\r\nFrom: b@c\r\nSender: x\r\nSender: \r\n\r\n",
          "Bcc: \u00c3\u00a4@b.example\r\nBcc: \u00e4\r\nReply-To: ,\r\nReply-To: ;\r\nCc: x:\r\nCc: ;\r\n\r\n",
          "Content-Type: text/plain; (comment) charset (c) = utf-8 (c); (open name=x\r\n\r\n",
          "Content-Type: multipart/mixed (c); (c) boundary=b (c)\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
          "Content-Type: \r\n\r\n",
          "Content-Type: text\r\n\r\n",
          "Content-Type: text/\r\n\r\n",
          "Content-Type: /plain\r\n\r\n",
          "Content-Type: text/plain;;;charset;=;=x;a=\"\r\n\r\n",
          "Content-Type: text/plain; name*0=\"a\"; name*1*=%FF%; name*3=c\r\n\r\n",
          "Content-Type: text/plain; name*=utf-8''%C3%A4%; name*=''x; name=\"=?utf-8?Q?=C3=A4?=\"\r\n\r\n",
          "Content-Type: multipart/mixed\r\n\r\nno boundary",
          "Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n\r\nx\r\n----\r\n",
          "Content-Type: multipart/mixed; boundary=b\r\n\r\nnever there",
          "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b",
          "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
          "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b--",
          "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b--\r\nepilogue\r\n--b\r\n\r\nx",
          "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b  \r\n\r\none\r\n--b\t\r\n\r\ntwo\r\n--b-- \r\n",
          "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--bb\n\nno border\n--b--\n",
          "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: in\r\n\r\nx\r\n--b--\r\n",
          "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nx\r\n--a--\r\n",
          "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed; boundary=ab\r\n\r\n--ab\r\n\r\nx\r\n--a--\r\n",
          "Content-Type: message/rfc822\r\n\r\n",
          "Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nx",
          "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogeA==",
          "Content-Type: message/partial; id=x\r\n\r\nx",
          "Content-Type: message/global\r\n\r\nSubject: \u00c3\u00a4\r\n\r\nx",
          "Content-Transfer-Encoding: base64\r\n\r\n!!!not base64===A",
          "Content-Transfer-Encoding: base64\r\n\r\nQQ==QQ==QUE=QUFB====",
          "Content-Transfer-Encoding: quoted-printable\r\n\r\n=\r\n==3D=zz=4\r\n=",
          "Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 x\r\n",
          "Content-Transfer-Encoding: 8bit (really) \r\n\r\n\u00ff\u00fe",
          "Content-Disposition: ;;\r\nContent-Language: ,,de,,en\r\nContent-Location: \r\nContent-MD5: \"\r\n\r\n",
          "Content-Disposition: attachment; filename=\"a\\\"b.txt\"; filename*=utf-8''%\r\nContent-ID: <\r\n\r\n");

  private static final String[] NAMES = {
    "Subject",
    "From",
    "To",
    "Cc",
    "Date",
    "Message-ID",
    "Content-Type",
    "content-disposition",
    "CONTENT-TRANSFER-ENCODING",
    "Content-ID",
    "Content-Description",
    "X-Long",
    "Received",
    "",
    "Bad Name",
    "In-Reply-To",
    "References",
    "Content-Language"
  };
  private static final String[] PIECES = {
    "text/plain",
    "multipart/mixed",
    "multipart/alternative",
    "message/rfc822",
    "; boundary=",
    "b",
    "\"b\"",
    "; charset=utf-8",
    "; charset*=utf-8''",
    "; name*0*=",
    "; name*1=",
    "%C3%A4",
    "%",
    "\"",
    "\\",
    "(",
    ")",
    "<",
    ">",
    "@",
    ",",
    ":",
    ";",
    "=?utf-8?B?",
    "?=",
    "=?iso-8859-1?Q?=E4?=",
    "a",
    "example.org",
    "\u00e4",
    "\u00c3\u00a4",
    "\0",
    "\u007f",
    "\t",
    "\r\n ",
    "\n\t",
    "\r",
    "\n",
    "base64",
    "quoted-printable",
    "inline",
    "attachment; filename=x",
    "1",
    " ",
    "{5}",
    "NIL",
    "*"
  };

  private AwkwardMail() {}

  static List<String> all(int made, long seed) {
    var all = new ArrayList<>(BY_HAND);
    all.add("X: y\r\n".repeat(5_000) + "\r\nmany fields");
    all.add("To: " + "a@b.example, ".repeat(5_000) + "\r\n\r\nmany addresses");
    all.add("Subject: " + "x".repeat(100_000) + "\r\n\r\na long line");
    all.add("Subject: x" + "\r\n y".repeat(5_000) + "\r\n\r\nmany folds");
    all.add(nested(200));
    all.add(forwarded(200));
    all.add(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
            + "--b\r\n\r\nx\r\n".repeat(2_000)
            + "--b--");
    all.add("Content-Type: text/plain" + "; name*0*=x; name*1=y".repeat(500) + "\r\n\r\n");
    var random = new Random(seed);
    for (int i = 0; i < made; i++) {
      all.add(made(random, 0));
    }
    return all;
  }

  static String nested(int depth) {
    var text = new StringBuilder();
    for (int i = 0; i < depth; i++) {
      text.append("Content-Type: multipart/mixed; boundary=b" + i + "\r\n\r\n--b" + i + "\r\n");
    }
    return text + "\r\nx\r\n";
  }

  static String forwarded(int depth) {
    return "Content-Type: message/rfc822\r\n\r\n".repeat(depth) + "Subject: last\r\n\r\nx\r\n";
  }

  private static String made(Random random, int depth) {
    String end = random.nextInt(4) == 0 ? "\n" : "\r\n";
    var text = new StringBuilder();
    for (int i = random.nextInt(8); i > 0; i--) {
      text.append(NAMES[random.nextInt(NAMES.length)])
          .append(": ")
          .append(pieces(random))
          .append(end);
    }
    if (depth < 3 && random.nextInt(2) == 0) {
      text.append("Content-Type: multipart/mixed; boundary=\"b" + depth + "\"" + end + end);
      for (int i = random.nextInt(4); i > 0; i--) {
        text.append("--b" + (random.nextInt(10) == 0 ? depth + 1 : depth)).append(end);
        text.append(made(random, depth + 1)).append(end);
      }
      return text.append(random.nextBoolean() ? "--b" + depth + "--" + end : "").toString();
    }
    return text.append(end).append(pieces(random)).append(end).append(pieces(random)).toString();
  }

  private static String pieces(Random random) {
    var text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      text.append(PIECES[random.nextInt(PIECES.length)]);
    }
    return text.toString();
  }
}
