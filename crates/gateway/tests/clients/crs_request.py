"""Requests for two engines of the Core Rule Set to disagree about: payloads of every family, in every place, in every disguise.

The words come from a short list below and from the phrase files that the rule set itself installs. The same seed makes the
same requests.
"""

import base64
import json
import pathlib
import random
import re
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

# Pieces that grammars of attacks are made of; joined at random they make what nobody thought of.
TOKENS = {
    "sql": "' \" ` or and not union all select from where having group by order 1 0x41 = <> like -- /* */ # ; ( ) , null @@version "
    "sleep( benchmark( waitfor delay users admin' information_schema char( concat( exec xp_cmdshell || && into outfile "
    "load_file( end case when then limit procedure analyse create table declare @x cast( div between",
    "xss": "<script> </script> <img src=x onerror= alert(1) <svg onload= javascript: vbscript: <iframe <body style= expression( "
    "<a href= data:text/html;base64, document.cookie window.location eval( String.fromCharCode( &#x3c; &lt; \\x3c \\u003c \" ' > / "
    "<math> <style> @import <object <embed <meta http-equiv=refresh <base href= fromCharCode this.constructor ${alert(1)}",
    "shell": "; | & && || ` $( ) ${IFS} cat ls id wget curl /bin/sh bash -c nc -e /etc/passwd > < >> 2>&1 ping -n 1 whoami uname -a "
    "$PATH \\ ' \" c'a't /???/c?t {cat,/etc/passwd} cmd.exe /c dir powershell -enc Invoke-Expression type C:\\boot.ini for %x in "
    "() { :;}; python3 -c perl rm -rf",
    "php": "<?php <?= ?> phpinfo() eval( system( $_GET[ $_POST [ ] base64_decode( include require php://input php://filter "
    "data:// expect:// O:8:\"stdClass\":0:{} a:1:{i:0;} assert( preg_replace( /e ${@print( chr( ) . '' ; $x( $GLOBALS "
    "call_user_func(",
    "java": "java.lang.Runtime java.lang.ProcessBuilder getClass() .class.forName( exec( #{ ${ } %{ ognl. @java.lang.System@ "
    "rO0ABXNy ysoserial runtime unmarshaller base64data ${jndi:ldap://x/} org.apache.commons. class.module.classLoader",
    "file": "../ ..\\ ..%2f ....// /etc/passwd /proc/self/environ C:\\windows\\win.ini .htaccess .git/config wp-config.php ~root/ "
    "file:/// %00 .bak .env web.config boot.ini",
    "protocol": "http://127.0.0.1/ http://169.254.169.254/ ftp://x.example/ Content-Type: Set-Cookie: HTTP/1.1 GET POST "
    "Transfer-Encoding: chunked \r\n \n \t boundary= PHPSESSID= jsessionid= .cookie expires= domain=",
    "node": "require('child_process') process.mainModule __proto__ constructor.prototype Function( _$$ND_FUNC$$_ "
    ".execSync( toString() this.process eval( {{7*7}} <%= 7*7 %> #{7*7} {{config}} {% if %}",
    "plain": "hello world the price is 3.50 EUR name=value O'Neill a+b=c 100% 50 & more user@example.com C++ #tag "
    "grüße 東京 select the best from our menu union of states cat on a mat drop table tennis",
}
METHODS = ["GET", "GET", "HEAD", "OPTIONS", "DELETE", "TRACE", "CONNECT", "PATCH", "FOO", "PROPFIND"]
# Each header with values that protocol rules have an opinion on.
ODD_HEADERS = [
    ("Range", ["bytes=0-1", "bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6", "bytes=9-1", "bytes=-"]),
    ("Request-Range", ["bytes=1-2", "bytes=1-2,2-3,3-4,4-5,5-6,6-7"]),
    ("Content-Encoding", ["gzip", "x"]),
    ("Accept-Encoding", ["gzip, deflate", "", "gzip;q=1.0, identity; q=0.5", "bogus"]),
    ("Accept", ["", "text/html, */*;q=0.1", "text/html;level=<1>"]),
    ("Accept-Charset", ["utf-8", "a" * 60]),
    ("Transfer-Encoding", ["chunked", "chunked, identity"]),
    ("Content-Length", ["0", "abc", "5"]),
    ("Connection", ["keep-alive, close", "close", "keep-alive, keep-alive"]),
    ("X-Forwarded-For", ["10.0.0.1, evil", "1.2.3.4"]),
    ("Proxy", ["http://evil.example/"]),
    ("If", ["x"]),
    ("Cache-Control", ["no-cache", "max-age=-1, <x>"]),
    ("Expect", ["100-continue"]),
    ("X-HTTP-Method-Override", ["DELETE"]),
    ("Referer", ["http://x.example/?a=1", "javascript:1"]),
    ("User-Agent", ["", "sqlmap/1.7", "Mozilla/5.0 (X11; Linux x86_64)", "curl/8", "() { :;}; id"]),
    ("Host", ["", "127.0.0.1", "127.0.0.1:8080", "x.example:abc", "[::1]"]),
    ("Content-Type", ["text/html", "application/x-foo", "text/plain; charset=utf-7", "application/json; charset=x", "bogus"]),
]
CODES = [200, 200, 200, 302, 403, 404, 500, 501]


def words(folder):
    """The families of words: those above, and the phrase files of the rule set."""
    families = {name: re.split(r" (?=\S)", text) for name, text in TOKENS.items()}
    for file in sorted(pathlib.Path(folder).glob("*.data")):
        lines = file.read_text("latin1").splitlines()
        phrases = [line for line in lines if line and not line.startswith("#") and line.isascii()]
        families[file.stem] = phrases
    return families


def requests(folder, count, seed):
    """So many requests, as `portcullis waf eval` reads them."""
    families = words(folder)
    return [Maker(families, random.Random(f"{seed}/{number}")).make(number) for number in range(count)]


class Maker:
    """Makes one request."""

    def __init__(self, families, dice):
        self.families, self.dice = families, dice

    def payload(self):
        """Words of one family, seldom of two."""
        dice = self.dice
        names = dice.sample(sorted(self.families), 1 if dice.random() < 0.8 else 2)
        pool = [word for name in names for word in self.families[name]]
        joint = dice.choice(["", " ", " ", "/**/", "+", "\t", "\n"])
        text = joint.join(dice.choice(pool) for _ in range(dice.choice([1, 1, 2, 3, 4, 6, 9])))
        return self.disguise(text)

    def disguise(self, text):
        """The same for a careless reader."""
        change = self.dice.randrange(12)
        if change == 0:
            return "".join(letter.upper() if self.dice.random() < 0.5 else letter for letter in text)
        if change == 1:
            return "".join(f"&#{ord(letter)};" if self.dice.random() < 0.3 else letter for letter in text)
        if change == 2:
            return "".join(f"\\x{ord(letter):02x}" if self.dice.random() < 0.2 and letter < "\x7f" else letter for letter in text)
        if change == 3:
            return text.replace(" ", "/*x*/")
        if change == 4:
            return base64.b64encode(text.encode()).decode() + self.dice.choice(["", "", "!", " x"])
        if change == 5:
            return text + self.dice.choice(["\x00", "\x07", "\x85", "\u00ff", "\\", "'", " --", "%", "%zz"])
        return text

    def encoded(self, text):
        """As it would stand in a URI or a form; wrong ones, too."""
        form = self.dice.randrange(10)
        if form < 4:
            return quote(text, safe="")
        if form < 6:
            return quote_plus(text)
        if form == 6:
            return quote(quote(text, safe=""), safe="")
        if form == 7:
            return "".join(f"%u{ord(letter):04x}" if ord(letter) < 0x10000 and not letter.isalnum() else letter for letter in text)
        # Bytes that are nobody's letters.
        return quote(text.encode() + self.dice.choice([b"", b"\xff", b"\xc0\xaf", b"\xe2\x82"]), safe="'();:=/*,")

    def field(self, text):
        """As it can stand in a header field: what a server would hand on."""
        return re.sub(r"[^\x20-\x7e]", " ", text).strip()

    def make(self, number):
        """One request, some with an answer."""
        self.method, self.uri, self.version, self.body = "GET", "/app/page", "HTTP/1.1", b""
        self.headers = [["Host", "shop.example"], ["User-Agent", "Mozilla/5.0"], ["Accept", "*/*"]]
        places = [
            self.in_query, self.in_query, self.in_path, self.in_cookie, self.in_header, self.in_form, self.in_form, self.in_json,
            self.in_multipart, self.in_xml, self.in_protocol, self.in_nothing,
        ]
        self.dice.choice(places)()
        if self.body:
            self.method = self.dice.choice(["POST", "POST", "PUT"])
            if not any(name == "Content-Length" for name, _ in self.headers):
                self.headers.append(["Content-Length", str(len(self.body))])
        request = {
            "id": number, "method": self.method, "uri": self.uri, "version": self.version, "headers": self.headers,
            "body_b64": base64.b64encode(self.body).decode(),
        }
        if self.dice.random() < 0.2:
            request["response"] = self.response()
        return request

    def in_nothing(self):
        pass

    def in_query(self):
        name = self.dice.choice(["q", "id", "page", "file", "url", "cmd", "next"])
        if self.dice.random() < 0.1:
            name = self.encoded(self.payload())
        self.uri = f"/search?a=1&{name}={self.encoded(self.payload())}"

    def in_path(self):
        self.uri = "/" + quote(self.payload(), safe=self.dice.choice(["/", "/'();:=*,.", "/"]))

    def in_cookie(self):
        value = self.field(self.payload()).replace(";", "%3b").strip()
        name = "session" if self.dice.random() < 0.9 else re.sub(r"[^!-:<>-~]", "", self.payload()) or "x"
        self.headers.append(["Cookie", f"theme=dark; {name}={value}"])

    def in_header(self):
        name = self.dice.choice(["User-Agent", "Referer", "X-Note", "X-File-Name", "Authorization", "Origin"])
        self.headers = [header for header in self.headers if header[0] != name] + [[name, self.field(self.payload())]]

    def in_form(self):
        name = self.encoded(self.payload()) if self.dice.random() < 0.1 else "comment"
        self.headers.append(["Content-Type", "application/x-www-form-urlencoded"])
        self.body = f"x=1&{name}={self.encoded(self.payload())}&submit=Send".encode()

    def in_json(self):
        self.headers.append(["Content-Type", self.dice.choice(["application/json", "application/json; charset=utf-8"])])
        key = self.payload() if self.dice.random() < 0.15 else "text"
        document = {"id": 7, "list": [1, {key: self.payload()}], "flag": True, "none": None}
        self.body = json.dumps(document, ensure_ascii=self.dice.random() < 0.5).encode()

    def in_multipart(self):
        self.headers.append(["Content-Type", "multipart/form-data; boundary=----edge1234"])
        name = "note"
        if self.dice.random() < 0.1:
            name = re.sub(r'[^ -~]|["\\]', "", self.payload())
        file = "a.txt" if self.dice.random() < 0.6 else re.sub(r'[^ -~]|["\\]', "", self.payload())
        parts = [(f'form-data; name="{name}"', "", self.payload()), (f'form-data; name="up"; filename="{file}"', "text/plain", "hi")]
        lines = []
        for disposition, kind, value in parts:
            lines += ["------edge1234", f"Content-Disposition: {disposition}"]
            lines += ([f"Content-Type: {kind}"] if kind else []) + ["", value]
        self.body = "\r\n".join([*lines, "------edge1234--", ""]).encode()

    def in_xml(self):
        self.headers.append(["Content-Type", self.dice.choice(["application/xml", "text/xml"])])
        text, value = (re.sub(r"[^\t\n -\ud7ff]", "", self.payload()) for _ in range(2))
        quoted = escape(value, {'"': "&quot;", "\n": " ", "\t": " "})
        self.body = f'<?xml version="1.0"?><order id="{quoted}"><item>{escape(text)}</item></order>'.encode()

    def in_protocol(self):
        name, values = self.dice.choice(ODD_HEADERS)
        if self.dice.random() < 0.3:
            self.headers = [header for header in self.headers if header[0] != name]
        else:
            self.headers = [header for header in self.headers if header[0] != name] + [[name, self.dice.choice(values)]]
        self.method = self.dice.choice(METHODS)
        if self.dice.random() < 0.1:
            self.version = self.dice.choice(["HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "HTTP/3.0"])
        if self.dice.random() < 0.5:
            self.headers.append([name, self.dice.choice(values)])

    def response(self):
        """An answer that may say too much."""
        lines = [f"<p>{self.payload()}</p>"]
        leaks = [name for name in self.families if "error" in name or "leak" in name]
        if leaks:
            lines.append(self.dice.choice(self.families[self.dice.choice(leaks)]))
        lines.append(self.dice.choice(["", "Index of /", "<title>r57 Shell Version</title>", "ORA-01756: quoted string", "root@"]))
        return {
            "status": self.dice.choice(CODES),
            "headers": [["Content-Type", "text/html"], ["Server", "x"]],
            "body_b64": base64.b64encode("\n".join(lines).encode()).decode(),
        }
