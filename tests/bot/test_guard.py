"""What promises the contact a person is found, and what only speaks of one is not."""

import time

import pytest

from stepaside.bot import local
from stepaside.bot.guard import promised_person
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.core.turn import Author, Line, Turn
from stepaside.pipeline.thinking import weigh

PROMISES = """
I will transfer you to a colleague.
I am transferring you to a specialist now.
Let me connect you with our team.
A colleague will get back to you shortly.
Someone from our team will get back to you shortly.
Our support team will contact you soon.
Please hold while I transfer you to an agent.
Transferring you to a human agent now.
You are being transferred to a colleague.
A member of our staff will be in touch.
I'm connecting you with a specialist.
I'll get a colleague to help you.
I will transfer the chat to a colleague.
I've forwarded your request to our team.
I'll escalate the issue to our support team.
A human agent will take over shortly.
You'll be connected to a human agent.
You're being transferred to a colleague.
You'll be contacted by our staff.
An agent will email you shortly.
I'll transfer you to a colleague who can check if your order has shipped.
Ein Mitarbeiter wird sich bei Ihnen melden.
Ich verbinde Sie mit einem Kollegen.
Ich leite Ihre Anfrage an unser Support-Team weiter.
Te paso con un agente.
Voy a transferirle con un agente.
Un agente se pondrá en contacto con usted.
Su solicitud ha sido recibida y un agente se pondrá en contacto con usted.
Ha ragione, la metto in contatto con un operatore.
Ihre Anfrage ist neu, ein Mitarbeiter wird sich bei Ihnen melden.
Jeg viderestiller dig til en kollega, det tager kun et øjeblik.
Jag kopplar dig till en kollega, du ska ha svar i dag.
Saya akan menghubungkan Anda dengan petugas kami agar masalah ini selesai.
Un collègue va vous rappeler.
Je vous mets en relation avec un conseiller.
Un conseiller vous recontactera bientôt.
Ik verbind u door met een collega.
Een medewerker neemt zo snel mogelijk contact met u op.
Vou transferir você para um atendente.
Um atendente entrará em contato com você.
La metto in contatto con un operatore.
Un operatore la contatterà a breve.
Przekazuję rozmowę do konsultanta.
Konsultant skontaktuje się z Panem.
Я переведу вас на оператора.
Наш сотрудник свяжется с вами.
担当者におつなぎします。
担当者からご連絡いたします。
我帮您转接人工客服。
客服人员会尽快联系您。
سأحولك إلى موظف
سيتواصل معك أحد موظفينا قريبا
Sizi bir temsilciye aktarıyorum.
Bir temsilcimiz sizi arayacak.
Přepojím vás na kolegu.
Kolega se vám brzy ozve.
Kolegyně vás bude kontaktovat.
Σας συνδέω με έναν συνάδελφο.
Θα σας μεταφέρω σε εκπρόσωπο.
Ένας συνάδελφος θα επικοινωνήσει μαζί σας.
Κάποιος από την ομάδα θα σας καλέσει.
Yhdistän sinut asiakaspalvelijalle.
Asiakaspalvelija ottaa sinuun pian yhteyttä.
אני מעביר אותך לנציג אנושי.
נציג ייצור איתך קשר בקרוב.
मैं आपको एक एजेंट से जोड़ रहा हूँ।
मैं आपको एजेंट से कनेक्ट कर रही हूँ।
हमारा एजेंट आपसे संपर्क करेगा।
Main aapko agent se connect kar raha hoon.
Átkapcsolom egy munkatársunkhoz.
Munkatársunk hamarosan keresni fogja Önt.
Kollégánk visszahívja Önt.
Vă transfer către un operator.
Un coleg vă va contacta în curând.
ขอโอนสายให้เจ้าหน้าที่ค่ะ
เจ้าหน้าที่จะติดต่อกลับโดยเร็วค่ะ
Tôi sẽ chuyển bạn đến nhân viên hỗ trợ.
Nhân viên sẽ liên hệ với bạn sớm nhất.
""".strip().splitlines()

PROMISES_NOTHING = """
Θέλετε να σας συνδέσω με έναν εκπρόσωπο;
需要我为您转接人工客服吗
Let me put this another way: returns are free.
Let me pass this tip on: charge it overnight.
Let me hand you the steps one by one.
I will forward you the invoice.
I have put your answer together below.
I am transferring you the money today.
If you like, I can connect you with a colleague.
If you wish, I will transfer you to an agent.
Would you like me to connect you with a colleague?
Shall I transfer you to an agent?
After you file a claim, an agent will contact you within two days.
You can reach our support team at any time.
Please contact our customer service.
The courier calls you before delivery.
A delivery agent will call you before 6 pm.
No one will contact you by phone to ask for your password.
Nobody will call you.
Ein Mitarbeiter wird Sie niemals anrufen und nach dem Passwort fragen.
Ο υπάλληλος δεν θα σας καλέσει ποτέ.
Ο υπάλληλος του κούριερ θα σας καλέσει πριν την παράδοση.
נציג לעולם לא יתקשר אליך כדי לבקש סיסמה.
Nhân viên sẽ không liên hệ với bạn.
Nhân viên giao hàng sẽ gọi điện cho bạn trước khi giao.
พนักงานส่งของจะโทรหาคุณก่อนจัดส่ง
กรุณาส่งเรื่องให้เจ้าหน้าที่ทางอีเมล
คุณสามารถส่งต่อให้พนักงานที่สาขาได้
डिलीवरी एजेंट आपको कॉल करेगा।
आपको बैंक खाता जोड़ते समय कर्मचारी की ज़रूरत नहीं।
A futár munkatársa keresni fogja Önt.
A munkatársak listáját az alkalmazás keresni fogja.
Un agent de curierat vă va contacta înainte de livrare.
Vă transfer banii azi prin operatorul Cargus.
Zástupce dopravce vám zavolá.
Ohjaan sinut asiakaspalvelun ohjesivulle.
I cannot transfer you to an agent.
Wenn Sie möchten, verbinde ich Sie mit einem Kollegen.
Soll ich Sie mit einem Kollegen verbinden?
Bitte wenden Sie sich an unseren Kundenservice.
Ich leite Sie durch die Einrichtung.
Verbinden Sie das Kabel mit dem Gerät.
Si quiere, le paso con un agente.
Puede ponerse en contacto con un agente.
Souhaitez-vous que je vous mette en relation avec un conseiller ?
Vous pouvez contacter notre service client.
Neemt u gerust contact op met onze klantenservice.
Als u wilt, verbind ik u door met een collega.
Se quiser, vou transferir você para um atendente.
Se vuole, la metto in contatto con un operatore.
Może Pan skontaktować się z konsultantem.
Если хотите, я переведу вас на оператора.
Вы можете связаться с оператором.
よろしければ、担当者におつなぎします。
如果您愿意，我帮您转接人工客服。
إذا أردت سأحولك إلى موظف
İsterseniz sizi bir temsilciye aktarıyorum.
Pokud chcete, přepojím vás na kolegu.
Kurýr vám zavolá před doručením.
Αν θέλετε, σας συνδέω με έναν συνάδελφο.
Μπορείτε να καλέσετε έναν εκπρόσωπο.
Jos haluat, yhdistän sinut asiakaspalvelijalle.
Voit soittaa asiakaspalveluun.
אם תרצה, אני מעביר אותך לנציג.
אפשר לפנות לנציג בטלפון.
अगर आप चाहें तो मैं आपको एजेंट से जोड़ देता हूँ।
आप हमारे एजेंट को कॉल कर सकते हैं।
Ha szeretné, átkapcsolom egy munkatársunkhoz.
Munkatársainkat telefonon éri el.
Dacă doriți, vă transfer către un operator.
Puteți contacta un operator.
หากต้องการ ขอโอนสายให้เจ้าหน้าที่ค่ะ
คุณสามารถโทรหาเจ้าหน้าที่ได้
Nếu bạn muốn, tôi sẽ chuyển bạn đến nhân viên hỗ trợ.
Bạn có thể liên hệ nhân viên qua tổng đài.
""".strip().splitlines()


@pytest.mark.parametrize("said", PROMISES)
def test_a_promise_is_found_in_any_words(said: str) -> None:
    assert promised_person(f"Aha. {said}") == said


@pytest.mark.parametrize("said", PROMISES_NOTHING)
def test_an_offer_a_hint_or_a_plain_word_is_no_promise(said: str) -> None:
    assert promised_person(f"Aha. {said}") == ""


@pytest.mark.parametrize(
    "said",
    [
        "अगर पैसे नहीं आए तो चिंता न करें। मैं आपको एक एजेंट से जोड़ रहा हूँ।",
        "मैं आपको एक एजेंट से जोड़ रहा हूँ। क्या यह ठीक है?",
        "If it is late, that is normal. I will transfer you to a colleague. Is it ok?",
    ],
)
def test_what_stands_beside_a_promise_excuses_nothing(said: str) -> None:
    assert promised_person(said)


@pytest.mark.parametrize("piece", ["נציג יחזור ", "je vous passe "])
def test_a_long_answer_is_looked_at_in_bounded_time(piece: str) -> None:
    promised_person(piece)  # what is loaded once takes longer
    before = time.process_time()
    promised_person(piece * 1000)
    assert time.process_time() - before < 0.5


def test_what_an_article_says_is_the_owners_word() -> None:
    article = "Claims\nFile it online. An agent will contact you within two days."
    assert (
        promised_person("An agent will contact you within two days.", [article]) == ""
    )
    assert promised_person("An agent will contact you today.", [article])


def test_an_answer_that_quotes_an_article_is_no_handover() -> None:
    item = KnowledgeItem(
        id=KnowledgeItemId("claims"),
        title="Filing a claim",
        text="File your claim online. An agent will contact you within two days.",
    )
    asked = Line(author=Author.CONTACT, text="How do I file a claim?")
    turn = Turn(burst=(asked,))
    draft = local.draft(turn, KnowledgeIndex.build([item]))
    assert draft.text is not None
    assert "An agent will contact you" in draft.text
    assert weigh(turn, (), draft).reading.promise == ""
