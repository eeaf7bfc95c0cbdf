/** A made-up protocol as a plain extractor prints it: each line followed by an empty one, gaps as lone spaces. '·' is a space. */
export const sample = `·Protokoll Länsgemensam ledning 2031-04-11·

1. Inledning·

Ordförande Förnamn Efternamn A, socialchef i Provby kommun, öppnade mötet och berättade om dagens punkter.··

·

2. Föregående mötesprotokoll··

Beslut: Två rättelser infördes. Protokollet godkändes och lades till handlingarna.·

·

3. Delad kurslista·

Bildspel·

Förnamn Efternamn B samordnare Utbildning, Region Exempel län·

Förnamn Efternamn C, utvecklingsledare, Kommunförbundet i Exempel län·

·

En delad kurslista provas i fyra kommuner till hösten. Den som vill delta skriver upp sig,·

och varje kurs har en ledare. Listan kan läsas här.·

·

Flera ville få besked i god tid innan kursen börjar.·

https://exempel.example/moten/
https://exempel.example/kurser
·4. Informationspunkter·

·

Nytt rum för workshopar·

Pågående arbete inom samordnande grupp Äldre··

Rummet är färdigt i juni. Det bokas hos Kommunförbundet och parterna delar på hyran·

·

Broschyr på lätt svenska·

Pågående arbete inom samverkansområdesgrupp Invånarmedverkan.·

Den är översatt och går till tryck senare i år.·

·

·
·5. Beslutspunkter·

·

Mål för väntetid i utbildningsfrågor·

Länsgemensam ledning beslutar att fastställa målet för genomsnittlig väntetid i·

utbildningsfrågor för år 2034 till 2,5.·

·

Byte av deltagare i samordnande grupp Äldre··

Länsgemensam ledning beslutar att Förnamn Efternamn D, enhetschef på Hemvården Norr,·

Provby kommun ersätter Förnamn Efternamn E, Hemvården Syd, Provby kommun som·

representant i samordnande grupp Äldre.··

·

Byte av deltagare i samordnande grupp Äldre·

Länsgemensam ledning beslutar att Förnamn Efternamn F dietist, Region Exempel län, ersätter·

Förnamn Efternamn G, tidigare dietist Region Exempel län, i samordnande grupp äldre som·

representant från samverkansområdesgrupp Hab/Rehab.·

·

·

6. Verkstad om möten på distans·

Förnamn Efternamn C, utvecklingsledare, Kommunförbundet i Exempel län·

·

Alla prövade ett verktyg tillsammans. Det används vidare i höst.·
·Svaren läggs ihop och följer med protokollet.·
·Närvarande ledamöter:··

Förnamn Efternamn H, Brukarrepresentant··

Förnamn Efternamn A, Provby kommun·

Förnamn Efternamn I, Exempelköpings kommun·

Förnamn Efternamn J, Region Exempel län··

·

·

·

·

Övriga··

Förnamn Efternamn C, Kommunförbundet·

Förnamn Mellannamn Efternamn K,·

Kommunförbundet··

Förnamn Efternamn B, Region Exempel län·

·

·
`.replaceAll('·', ' ')
