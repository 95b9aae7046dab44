package org.posthorn.message.report;

import static org.posthorn.message.report.KnownWords.known;

import java.util.List;

/// What our own words mean, where they stand in the place of a server's answer: SMTP's outbound
/// room and the spool say them.
final class OwnWords {
  /// Before them: perhaps a status, and why nothing more is done. What a server says begins with
  /// its code.
  private static final String OURS = "^([45]\\.[0-9]{1,3}\\.[0-9]{1,3} )?([^0-9][^:]*: )?";

  private static final String TLS_FAILED = OURS + "tls failed: ";

  private static final String NO_8BITMIME =
      "Nearly all servers know 8BITMIME (RFC 6152); a firewall that looks into SMTP may hide it. A route through a smarthost that knows it sends the mail.";

  private static final String UNPROVEN =
      "The server that is to take the mail does not prove that it is the right one.";
  private static final String UNENCRYPTED =
      "No encrypted connection to the server that is to take the mail came about, and mail goes there over no other.";
  private static final String WRONG_LOGIN =
      "The server that is to take the mail does not let this server in.";
  private static final String NO_ADDRESS = "There is no server for this address.";
  private static final String NO_MAIL_SERVER =
      "What answers there does not speak the language of mail servers.";
  private static final String OUR_MISTAKE =
      "This mail system has trouble of its own; the other server has nothing to do with it.";

  private static final String SHOW = "Show this to your administrator.";
  private static final String CHECK = "Check the address for mistakes and send it again.";
  private static final String LATER =
      "Send it again later. Ask the recipient in another way, such as by phone.";

  /// What is more special comes first.
  static final List<KnownWords> ENTRIES =
      List.of(
          known(
              OURS + "lost the connection to .+" + KnownRefusal.MAY_HAVE_ARRIVED,
              "The connection to the other server broke off when it had all of the message: it may have arrived.",
              "Ask the recipient whether it arrived before you send it again.",
              "It said nothing after the end of the message. If that goes on, a filter there takes too long, or a firewall on the way cuts off silent connections: such mail may arrive once for each try. Ask their administrator; posthorn queue hold stops the tries."),
          known(
              OURS + "it answered out of turn .+" + KnownRefusal.MAY_HAVE_ARRIVED,
              "The other server answered the whole message with neither yes nor no: it may have arrived.",
              "Ask the recipient whether it arrived before you send it again.",
              "Such mail may arrive once for each try: ask their administrator; posthorn queue hold stops the tries. Something in between, such as a firewall that looks into SMTP, may be what answers."),
          known(
              OURS
                  + "lost the connection to .+: the server(?: does not speak smtp|'s (?:line|reply) has no end)",
              NO_MAIL_SERVER,
              LATER,
              "It is no mail server, or a firewall or proxy in between answers in its place. If a route or a step of the chain sends mail there, look whether its host and port are right; else tell their administrator. openssl s_client, nc or telnet to that host and port shows what it says."),
          known(
              OURS + "lost the connection to .+ at the greeting: ",
              "The connection to the other server broke off before it had the message.",
              LATER,
              "Mostly a filter there that hangs up, or a server that has too much to do. A port that wants TLS from the first byte, such as 465, is silent too until it has that: tls: implicit of the route, or of the step Relay, does it."),
          known(
              OURS
                  + "lost the connection to .+ (at (ehlo|starttls|the login|mail|rcpt|data)|in the text): ",
              "The connection to the other server broke off before it had the message.",
              LATER,
              "Where it broke off stands in the words. At RCPT it is mostly a filter there that hangs up, in the text a firewall or a path that loses large packets (MTU)."),
          known(
              "requiretls|the sender requires tls",
              "The message was to travel over encrypted and verified connections only, and the other server cannot promise that.",
              "Send it again without asking for that, if you may.",
              "The sender used REQUIRETLS (RFC 8689). The other server must announce it, have a valid certificate, and be vouched for by DNSSEC or MTA-STS."),
          known(
              OURS + "\\S+ does not know deliverby",
              "The message was to be delivered within a time, and the other server does not promise that.",
              "Send it again without a time limit.",
              "The sender used DELIVERBY with BY=…;R (RFC 2852), which goes only to servers that announce DELIVERBY."),
          known(
              "knows no 8bitmime, and the message is signed",
              "The other server takes plain ASCII only. To put the message into that would break its signature.",
              "Send it again without the signature, or without letters such as umlauts.",
              NO_8BITMIME),
          known(
              "knows no 8bitmime",
              "The other server takes plain ASCII only, and the message is built in such a way that it cannot be put into that.",
              "Write it anew in another mail program, or attach to a new message what it says.",
              NO_8BITMIME),
          known(
              OURS + "\\S+ does not know international addresses",
              "The other server cannot handle international addresses.",
              "Use an address of the recipient in plain ASCII letters, if there is one.",
              "It does not announce SMTPUTF8 (RFC 6531). A route through a smarthost that does may send the mail."),
          known(
              OURS + "\\S+ takes no messages over ",
              "The message is too large.",
              "Send it in smaller parts, or put large files where they can be fetched.",
              "The server's SIZE is smaller than the message."),
          known(
              "mta-sts policy of",
              "The recipient's domain wants mail for it to travel to certain servers over encrypted and verified connections only, and there was none.",
              "",
              "The MX, their certificates and the MTA-STS policy of that domain do not fit together, or somebody sits in between. Tell their administrator; static-routes or outbound.trust.mta-sts: false send the mail nevertheless."),
          known(
              OURS + "dane: the signed dns ",
              "The recipient's domain says in the signed DNS which servers take its mail, and another one was found.",
              "",
              "Its MX have just changed, or somebody in between named another server. It is tried again by itself; if it goes on, tell their administrator, and look at outbound.dns.servers."),
          known(
              OURS
                  + "dane: (no dns server answered|the dns could not answer|the server is stopping)",
              "It cannot be found out in the DNS how the servers of the recipient's domain prove who they are.",
              "",
              "If that is so of other domains too, your DNS servers do not do what outbound.trust.dnssec needs: dig +dnssec must show ad (resolver) or RRSIG records (own). Else the DNSSEC of that domain is broken: tell their administrator; a static route sends the mail nevertheless."),
          known(
              "requires it by dane|\\bdane: |the tlsa records name",
              "The recipient's domain names in the DNS how its servers prove who they are, and they did not.",
              "",
              "The certificate and the TLSA records of that domain do not fit together, its DNSSEC is broken, or somebody sits in between. Tell their administrator; a static route sends the mail nevertheless."),
          known(
              TLS_FAILED + "no authority that is trusted here",
              UNPROVEN,
              SHOW,
              "Nobody whom this server trusts vouches for its certificate. If it has one of your own authority, or a self-signed one, put that authority's certificate, or this one, as PEM into outbound.trust.authorities-file and restart the server. If that comes as a surprise, somebody may sit in between. outbound.trust.verify-smarthosts: false takes any certificate, also that of who sits in between and reads mail and login."),
          known(
              TLS_FAILED + "its certificate (has expired|is not valid yet)",
              UNPROVEN,
              SHOW,
              "Its certificate is not valid today: whoever runs that server has to renew it. See too that the clock of this machine is right. Mail goes another way meanwhile by  posthorn queue reroute; outbound.trust.verify-smarthosts: false and a restart take any certificate."),
          known(
              TLS_FAILED + "no (name matching|subject alternative)",
              UNPROVEN,
              SHOW,
              "Its certificate is for another name. Write the name that stands in the certificate, no address and no alias, as the host of the route (to) or of the step Relay, and say  posthorn reload. openssl s_client -connect HOST:PORT, with -starttls smtp where the port is not 465, shows the certificate."),
          known(
              TLS_FAILED + "unsupported or unrecognized ssl message",
              UNENCRYPTED,
              SHOW,
              "That port does not begin with TLS: on 587 and 25 it is tls: starttls, on 465 tls: implicit. Mend port or tls of the route, or of the step Relay, and say  posthorn reload."),
          known(
              TLS_FAILED + "no tls over a socket",
              UNENCRYPTED,
              SHOW,
              "There is no TLS over a socket of this machine, and no need of it: tls: none in the route, and then  posthorn reload."),
          known(
              TLS_FAILED + "[2-5][0-9][0-9]\\b",
              UNENCRYPTED,
              "",
              "The server announces STARTTLS and refuses it: something is wrong on its side, mostly a certificate that it cannot read. Tell who runs it. It is tried again by itself."),
          known(
              TLS_FAILED,
              UNENCRYPTED,
              SHOW,
              "The two found no common TLS version or cipher (here TLS 1.2 and 1.3), or the connection broke off meanwhile. openssl s_client -connect HOST:PORT, with -starttls smtp where the port is not 465, shows what the server does."),
          known(
              OURS + "\\S+ does not offer starttls",
              UNENCRYPTED,
              SHOW,
              "The server offers no STARTTLS on that port. Look whether the port is right: mostly 587 with tls: starttls, or 465 with tls: implicit. A firewall that looks into SMTP may hide it. tls: none in the route, or in the step Relay, goes without: then whoever sits in between reads mail and login."),
          known(
              OURS + "\\S+ offers neither auth plain nor login",
              WRONG_LOGIN,
              SHOW,
              "It offers no login, or none that is known here (PLAIN, LOGIN): many servers offer one under TLS only (tls: starttls), or on another port (587, 465). If it wants no login, take credentials out of the route, or of the step Relay."),
          known(
              OURS + "login failed: 4",
              "The server that is to take the mail cannot check logins at present.",
              "",
              "Nothing to do: it is tried again by itself. If it goes on, tell who runs that server."),
          known(
              OURS + "login failed: ",
              WRONG_LOGIN,
              SHOW,
              "It does not accept login and password: look at outbound.credentials, say  posthorn reload, and  posthorn queue flush  for what waits. Until then one mail tries it now and then, so that the account is not locked for many logins that fail. Many providers want a password made for programs, or that SMTP is switched on for the account."),
          known(
              OURS + "it wants a login, another one, or tls: ",
              WRONG_LOGIN,
              SHOW,
              "Give the route, or the step Relay, credentials of outbound.credentials, with tls: starttls or implicit, and say  posthorn reload. What was rerouted without a login is rerouted once more."),
          known(
              OURS + "the configuration has no credentials",
              "A login is wanted for the server that is to take the mail, and this server has none of that name.",
              SHOW,
              "A route, or the step Relay, names credentials that there are not: add outbound.credentials.NAME, or mend the name, and say  posthorn reload."),
          known(
              OURS + "it answered out of turn",
              "The other server's answer fits nothing that it was asked.",
              "",
              "Something is wrong on its side, or a firewall or proxy in between answers in its place. It is tried again by itself; if it goes on, tell their administrator."),
          known(
              "nothing can set out from .+\\(source-addresses\\)",
              "Mail is to set out from an address that this machine has not, or that cannot reach the other.",
              SHOW,
              "Mend source-addresses of outbound.identity, or of the route, and say  posthorn reload; or give this machine the address again."),
          known(
              OURS + "the mail server \\S+ has only addresses inside a private network",
              "The DNS names only servers that cannot be reached over the internet.",
              SHOW,
              "If they are yours, send the mail there by a route, or allow it by outbound.allow-private-destinations. Else tell the administrator of that domain."),
          known(
              OURS + "the mail server \\S+ (does not exist|has no address)",
              "The name of the server that is to take the mail cannot be found in the DNS.",
              SHOW,
              "If a route or a step of the chain names it, look for a slip in that name. If the MX of the domain does, tell their administrator."),
          known(
              OURS + "the best mail server of \\S+ is this server",
              "The DNS says that this server takes the mail for that domain, and it does not know the domain.",
              SHOW,
              "If it is to be served here:  posthorn domain add  with its name. If its mail goes on to another server, name that in outbound.routes. Else its MX is wrong."),
          known(
              OURS + "(there is no domain |the domain \\S+ has no mail server)",
              NO_ADDRESS,
              CHECK,
              "The domain, or an MX or address for it, is not in the DNS: mostly a slip in the address. If it is a domain of yours inside, name its server in outbound.routes."),
          known(
              OURS + "the domain \\S+ accepts no mail",
              "The domain does not accept any mail.",
              CHECK,
              "Its DNS says so (RFC 7505). Nothing to do."),
          known(
              OURS + "this server does not send mail there",
              "This mail system sends no mail there, by its own rules.",
              SHOW,
              "A route refuses it (to: refuse): take that out of outbound.routes, if it is wrong, and say  posthorn reload."),
          known(
              OURS + "the routes have changed",
              "It goes another way from now on.",
              "",
              "Nothing to do: it is tried again by itself."),
          known(
              OURS + "(internal error: |the carrier gave no answer)",
              OUR_MISTAKE,
              SHOW,
              "The log says at that time what went wrong (ERROR): mostly a disk that is full or damaged, else a mistake in this program, to be reported. It is tried again by itself."));

  private OwnWords() {}
}
