package org.posthorn.message.report;

import static org.posthorn.message.report.KnownWords.known;

import java.util.List;
import java.util.Optional;

/// An answer of another server that many servers give in nearly the same words, and what it really
/// means: status codes are often wrong, and the words are for experts. `meaning` says it in plain
/// words; `forSender` and `forAdministrator` what each can do, empty: nothing.
public record KnownRefusal(String meaning, String forSender, String forAdministrator) {
  /// In our own words about a connection that was lost when the server had all of a message: it may
  /// have taken it.
  public static final String MAY_HAVE_ARRIVED = "it may have arrived";

  /// What is more special comes first.
  private static final List<KnownWords> ENTRIES =
      List.of(
          known(
              "unusual (rate|amount) of (unsolicited )?(mail|email)|4\\.7\\.28|rate of mail .* has been limited",
              "The other provider takes less mail from this server at present.",
              "",
              "Google slows this address down: it saw much mail that people marked as junk, or a sudden rise. Send less for some days, look for an account that is misused, and register the domain at postmaster.google.com."),
          known(
              "5\\.7\\.26|5\\.7\\.27|4\\.7\\.27|5\\.7\\.30|4\\.7\\.30|email (has been blocked because the sender is )?unauthenticated|does not meet the required authentication level|5\\.7\\.515",
              "The other provider cannot tell that the message is really from you.",
              "Show this to your administrator.",
              "The domain's mail fails SPF or DKIM there. Publish an SPF record that names this server, sign with DKIM, and publish DMARC."),
          known(
              "(4|5)\\.7\\.(23|25)\\b.*(ptr|reverse|hostname)|cannot find your (reverse )?host ?name|does not have a ptr|no ptr record|reverse dns|client host rejected: cannot find",
              "The other server does not take mail from this server because its address has no name.",
              "Show this to your administrator.",
              "The address that we send from needs a reverse DNS entry (PTR) whose name leads back to the same address. Whoever gave you the address sets it; then make it the same as outbound.identity.hello-name."),
          known(
              "(4|5)\\.7\\.29\\b|must issue a starttls|tls (is )?required|requires (a )?(secure|tls|encrypted)",
              "The other server takes mail over an encrypted connection only.",
              "Show this to your administrator.",
              "Mail went out in plain text: look for outbound-tls-failed in the log."),
          known(
              "s3140|s3150|part of their network is on our block list|\\(?ipv4 sender blocked|5\\.7\\.6(0[6-9]|[1-4][0-9])\\b|banned sending ip",
              "The other provider does not take mail from this server's address.",
              "Show this to your administrator.",
              "Microsoft has blocked this address or its network. Ask for it to be taken off at sender.office.com (5.7.606 to 649) or olcsupport.office.com (S3140, S3150); it takes a day or two."),
          known(
              "s77[0-9]\\b|4\\.7\\.650|4\\.7\\.651|temporarily rate limited due to ip reputation|4\\.7\\.500|server busy.*as\\(?[0-9]{4,}",
              "The other provider takes less mail from this server at present.",
              "",
              "Microsoft slows this address down because it knows too little good of it. Send steadily and little for some weeks, and register at the Smart Network Data Service (sendersupport.olc.protection.outlook.com)."),
          known(
              "5\\.4\\.1 recipient address rejected: access denied|resolver\\.adr\\.recipnotfound|5\\.1\\.10 resolver",
              "There is no such address.",
              "Check the address for mistakes and send it again.",
              "The domain is at Microsoft 365 and has no such user."),
          known(
              "\\[tss?0[0-9]\\]|unexpected volume or user complaints",
              "The other provider takes less mail from this server at present.",
              "",
              "Yahoo slows this address down because of complaints or volume. It passes by itself in hours or days; register at senders.yahooinc.com to see complaints."),
          known(
              "this user doesn'?t have a .{1,40} account",
              "There is no such address.",
              "Check the address for mistakes and send it again.",
              "There is no such user at Yahoo."),
          known(
              "tobr@rx\\.t-online\\.de|a problem occurred\\. ask your postmaster",
              "The other provider does not take mail from this server yet.",
              "Show this to your administrator.",
              "T-Online takes mail only from servers whose name has a web page with an imprint, and on request: write to tobr@rx.t-online.de with the address and name of this server."),
          known(
              "nemesis esmtp service not available|postmaster\\.(gmx|web|1und1)\\.|(gmx|web)\\.de.*(bad dns ptr|blacklisted)",
              "The other provider refused it by its rules.",
              "Show this to your administrator.",
              "GMX and WEB.DE say why at postmaster.gmx.net: mostly a reverse DNS name that looks like a dial-up line, or an address on a block list."),
          known(
              "ofr_?[0-9]{3}|lpn[0-9]{3}_",
              "The other provider takes less mail from this server at present.",
              "",
              "Orange limits connections and rate for each address. Lower spool.outgoing-per-destination, or give the domain a rate of its own."),
          known(
              "\\[?(cs01|hm0[78])\\]?",
              "The other provider refused it by its rules.",
              "Show this to your administrator.",
              "iCloud refuses by local policy: mostly the reputation of a link or of the domain in the message. Write to icloudadmin@apple.com with the whole reply."),
          known(
              "ipcheck\\.proofpoint\\.com",
              "The other server does not take mail from this server's address.",
              "Show this to your administrator.",
              "Proofpoint has this address on its list: ipcheck.proofpoint.com tells why and takes requests."),
          known(
              "pbl\\.spamhaus|spamhaus\\.org/query/ip|/pbl/",
              "The other server does not take mail from this server's address.",
              "Show this to your administrator.",
              "The address is on a Spamhaus list. On the PBL (addresses of homes and offices) it can be taken off at check.spamhaus.org if it is yours and fixed; else send through a smarthost."),
          known(
              "spamhaus|spamcop|barracuda(central)?|uceprotect|\\bsorbs\\b|blocked using|listed (in|at|on|by)|\\b(dns|r)bl\\b|black ?list|block ?list|blacklisted|blocklisted",
              "The other server does not take mail from this server's address, which is on a block list.",
              "Show this to your administrator.",
              "Look on the list's own page why the address is there, end the cause (often a misused account: posthorn queue list), and ask to be taken off."),
          known(
              "gr[ea]y-? ?list|try again (later|in [0-9]+)|postgrey",
              "The other server asked this one to come again later, which it does with senders it does not know.",
              "",
              "Nothing to do: the next try mostly succeeds."),
          known(
              "helo command rejected|invalid (helo|ehlo)|(helo|ehlo) (name|argument|hostname)",
              "The other server does not accept the name that this server gives itself.",
              "Show this to your administrator.",
              "Set outbound.identity.hello-name to a name that resolves to the address that we send from."),
          known(
              "dmarc",
              "The other server refused it because it cannot tell that the message is really from your domain.",
              "Show this to your administrator.",
              "The sender's domain has a DMARC policy that this message fails: sign with DKIM for the domain in From, or send it through the domain's own servers."),
          known(
              "\\bspf\\b|not (permitted|authorized|allowed) to send|is not authorized to use",
              "The other server refused it because this server may not send for your domain.",
              "Show this to your administrator.",
              "The SPF record of the sender's domain does not name this server. Forwarded mail fails in this way without SRS."),
          known(
              "sender address rejected|domain of sender|sender (domain )?(not found|does not exist|unknown)|4\\.1\\.8|5\\.1\\.8",
              "Your own address was not accepted.",
              "Show this to your administrator.",
              "The sender's domain cannot be found there, or takes no mail: check its MX record."),
          known(
              "relay(ing)? (access )?(denied|not permitted|not allowed|prohibited)|not permitted to relay|unable to relay",
              "The other server says that it is not responsible for the address.",
              "Check the address for mistakes and send it again.",
              "The MX record, a route or a smarthost leads to a server that does not serve the domain, or that wants a login."),
          known(
              "authentication (is )?required|5\\.7\\.(0|1) .*log ?in|must authenticate",
              "The other server wants a login.",
              "Show this to your administrator.",
              "Give the route or smarthost credentials (outbound.credentials)."),
          known(
              "too many (concurrent |simultaneous )?(connections|sessions)|too much mail from|rate limit|throttl|slow down|exceeded .*(rate|limit)",
              "The other server takes less mail from this server at present.",
              "",
              "Lower spool.outgoing-per-destination if this goes on."),
          known(
              "\\b4\\.3\\.2\\b|too busy|overloaded|\\bload (average )?(is )?too high|\\b421\\b.{0,12}service (is )?(currently |temporarily )?(not available|unavailable)",
              "The other server takes no mail at present: it has too much to do, or is being worked on.",
              "",
              "Nothing to do: it is tried again by itself."),
          known(
              "user unknown|unknown (user|recipient|local part)|no such (user|recipient|mailbox|person|address)|(mailbox|recipient|user|account|address) (was |could )?(not found|does(n'?t| not) exist|not be found|not known|unavailable|invalid)|does not exist|recipient address rejected|invalid recipient|no mailbox here",
              "There is no such address.",
              "Check the address for mistakes and send it again.",
              "There is no such user there."),
          known(
              "\\b[45]\\.3\\.1\\b(?!.*(mailbox|inbox|quota))|insufficient system (storage|resources)",
              "The other server has no room.",
              "",
              "Its disk is full, or it is short of memory. Nothing to do: it is tried again by itself."),
          known(
              "(over|exceed\\w*) (its |the |their )?(disk |storage )?quota|quota (is )?exceeded|(mailbox|inbox) (is |too )?full|insufficient (system )?storage|out of storage",
              "The mailbox is full.",
              "Send it again later. Ask the recipient in another way, such as by phone.",
              "The recipient has to make room."),
          known(
              "(message|size|mail|content).{0,30}(exceeds|too (large|big)|larger than)|maximum message size",
              "The message is too large.",
              "Send it in smaller parts, or put large files where they can be fetched.",
              "The server's SIZE is smaller than the message."),
          known(
              "(attachment|file).{0,40}(not allowed|blocked|prohibited|forbidden|rejected)|presents a potential security|executable",
              "The other server does not accept such attachments.",
              "Put the file where it can be fetched, and send a link.",
              "The server refuses the type of an attachment."),
          known(
              "virus|malware|infected",
              "The other server found something dangerous in the message.",
              "Have your computer checked, and show this to your administrator.",
              "A scanner there found malware. Look at the account that sent it: it may be misused."),
          known(
              "\\bspam\\b|\\bjunk\\b|unsolicited|content (was )?(rejected|filter)|bulk mail|message (was )?(rejected|refused|blocked)",
              "The other server takes the message for junk.",
              "Write to the recipient in other words, without links, or in another way.",
              "Their filter did not like the content, or the address that it came from. Look whether other mail to the same place goes through."),
          known(
              "it takes no mail from this server: ",
              "The server that is to take the mail wants none from this server, whatever it says.",
              "Show this to your administrator.",
              "It said so before it heard of any mail: show its words to its operator. If this server has another address there now, or comes without the login, mend that in the route, or in the step Relay, and say  posthorn reload."));

  /// What this answer means, its status code included: `550 5.1.1 User unknown`, or words of our
  /// own about a server.
  public static Optional<KnownRefusal> in(String answer) {
    return ofOurs(answer).or(() -> KnownWords.first(ENTRIES, answer));
  }

  /// The same of words that are certainly ours, such as where no server was asked: what sounds like
  /// a server's means something else in them.
  public static Optional<KnownRefusal> ofOurs(String answer) {
    return KnownWords.first(OwnWords.ENTRIES, answer);
  }
}
